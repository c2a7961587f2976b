"""What `sportdata export` writes of gold: which tables, under which French headers, and how each value is meant."""

from __future__ import annotations

from typing import Literal, NamedTuple

from sportdata.contracts.tables import (
    ACTIVITES,
    ANOMALIES,
    DECLARATIONS,
    ELIGIBILITES,
    KPIS_HISTORIQUE,
    PRATIQUE_MENSUELLE,
    PROCHES_DU_SEUIL,
    SIMULATIONS,
    Table,
)

Kind = Literal["text", "id", "count", "money", "km", "metres", "hours", "share", "date", "month", "instant", "flag"]
Format = Literal["xlsx", "csv", "parquet"]
FORMATS: tuple[Format, ...] = ("xlsx", "csv", "parquet")
EVERYBODY = "Ensemble de l'entreprise"  # where gold has NULL for the company


class Shown(NamedTuple):
    """A column as an edition shows it; `null` stands where gold has none."""

    name: str
    header: str
    kind: Kind
    null: str | None = None


class Sheet(NamedTuple):
    """`person`: the column that holds an employee's id, beside which the HR edition puts the names; `order`: by what rows are sorted."""

    table: Table
    title: str
    columns: tuple[Shown, ...]
    person: str | None = None
    order: tuple[str, ...] = ()


NAMES = (Shown("nom", "Nom", "text"), Shown("prenom", "Prénom", "text"))
_EMPLOYEE, _BU, _LOT = Shown("employee_id", "ID salarié", "id"), Shown("bu", "BU", "text"), Shown("batch_id", "Lot", "id")
_COMPANY_OR_BU = Shown("bu", "BU", "text", EVERYBODY)
_COMMUTE = (
    Shown("moyen_deplacement", "Moyen de déplacement", "text"),
    Shown("distance_km", "Distance domicile-bureau (km)", "km"),
)
_INDICATORS = (
    Shown("prime_total_eur", "Primes sportives (€)", "money"),
    Shown("prime_employees", "Salariés avec prime", "count"),
    Shown("pending_eur", "Primes en attente (€)", "money"),
    Shown("wellness_employees", "Salariés avec journées bien-être", "count"),
    Shown("wellness_days", "Journées bien-être", "count"),
)

SHEETS = (
    Sheet(
        ELIGIBILITES,
        "Éligibilités",
        (
            _EMPLOYEE,
            _BU,
            *_COMMUTE,
            Shown("limite_km", "Limite (km)", "km"),
            Shown("declaration_etat", "État de la déclaration", "text"),
            Shown("declaration_correcte", "Déclaration correcte", "flag"),
            Shown("prime_sportive", "Prime sportive", "flag"),
            Shown("montant_prime_euros", "Montant de la prime (€)", "money"),
            Shown("montant_en_attente_euros", "Montant en attente (€)", "money"),
            Shown("nb_activites", "Activités comptées", "count"),
            Shown("jours_bien_etre", "Journées bien-être acquises", "flag"),
            Shown("nb_jours_bien_etre", "Nombre de journées", "count"),
            Shown("derniere_activite", "Dernière activité (heure de Paris)", "instant"),
            Shown("date_reference", "Situation au", "date"),
            _LOT,
        ),
        "employee_id",
        ("employee_id",),
    ),
    Sheet(
        DECLARATIONS,
        "Déclarations",
        (
            _EMPLOYEE,
            _BU,
            *_COMMUTE,
            Shown("incertitude_km", "Incertitude (km)", "km"),
            Shown("limite_km", "Limite (km)", "km"),
            Shown("declaration_etat", "État de la déclaration", "text"),
            Shown("raison", "Raison", "text"),
            _LOT,
        ),
        "employee_id",
        ("employee_id",),
    ),
    Sheet(
        ANOMALIES,
        "Anomalies",
        (
            Shown("objet", "Objet", "text"),
            Shown("reference", "Référence", "text"),
            Shown("code", "Code", "text"),
            Shown("detail", "Détail", "text"),
            Shown("depuis", "Depuis (heure de Paris)", "instant"),
            _LOT,
        ),
        order=("objet", "reference", "code"),
    ),
    Sheet(
        PROCHES_DU_SEUIL,
        "Proches du seuil",
        (
            _EMPLOYEE,
            _BU,
            Shown("nb_activites", "Activités comptées", "count"),
            Shown("manquantes", "Activités manquantes", "count"),
            _LOT,
        ),
        "employee_id",
        ("manquantes", "employee_id"),
    ),
    Sheet(
        PRATIQUE_MENSUELLE,
        "Pratique mensuelle",
        (
            Shown("mois", "Mois", "month"),
            Shown("sport", "Sport", "text"),
            _BU,
            Shown("activites", "Activités", "count"),
            Shown("personnes", "Personnes", "count"),
            Shown("km", "Kilomètres", "km"),
            Shown("heures", "Heures", "hours"),
            _LOT,
        ),
        order=("mois", "sport", "bu"),
    ),
    Sheet(
        KPIS_HISTORIQUE,
        "Historique",
        (
            Shown("jour", "Jour", "date"),
            _COMPANY_OR_BU,
            Shown("employees", "Salariés", "count"),
            *_INDICATORS,
            Shown("wrong_declarations", "Déclarations incorrectes", "count"),
            Shown("to_check", "Déclarations à vérifier", "count"),
            Shown("unknown_distances", "Distances inconnues", "count"),
            Shown("activities", "Activités comptées", "count"),
            Shown("reported_from", "Montré depuis (heure de Paris)", "instant"),
            _LOT,
        ),
        order=("jour", "bu"),
    ),
    Sheet(
        SIMULATIONS,
        "Simulations",
        (
            Shown("percent", "Taux de la prime", "share"),
            Shown("max_walk_km", "Limite à pied (km)", "km"),
            Shown("max_bike_km", "Limite à vélo (km)", "km"),
            Shown("min_activities", "Activités exigées", "count"),
            _COMPANY_OR_BU,
            *_INDICATORS,
            Shown("actuel", "Règles en vigueur", "flag"),
            _LOT,
        ),
        order=("percent", "max_walk_km", "max_bike_km", "min_activities", "bu"),
    ),
)
ACTIVITIES_SHEET = Sheet(
    ACTIVITES,
    "Activités",
    (
        Shown("id", "ID activité", "id"),
        _EMPLOYEE,
        _BU,
        Shown("date_debut", "Début (heure de Paris)", "instant"),
        Shown("jour", "Jour", "date"),
        Shown("type_activite", "Sport", "text"),
        Shown("distance_m", "Distance (m)", "metres"),
        Shown("duree_s", "Durée (s)", "count"),
        Shown("commentaire", "Commentaire", "text"),
        Shown("compte", "Compte", "flag"),
        Shown("dans_fenetre", "Dans la période", "flag"),
        _LOT,
    ),
    "employee_id",
)


def columns_of(sheet: Sheet, with_names: bool) -> tuple[Shown, ...]:
    """The columns of a sheet in one edition: the names follow the employee's id."""
    if not with_names or sheet.person is None:
        return sheet.columns
    place = next(n for n, column in enumerate(sheet.columns, 1) if column.name == sheet.person)
    return (*sheet.columns[:place], *NAMES, *sheet.columns[place:])
