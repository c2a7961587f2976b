"""The tables that tell how it was, how it would be, and who does what: they follow the small ones within 30 s."""

from __future__ import annotations

from sportdata.contracts.columns import BATCH, Column, Table

SHARE = "decimal(19,18)"  # all that config.yml allows: 0 to 1, 18 decimals

_INDICATORS = (
    Column("prime_total_eur", "decimal(18,2)", "Sum of the primes, each rounded HALF_UP to the cent", True),
    Column("prime_employees", "bigint", "Employees with a prime"),
    Column("pending_eur", "decimal(18,2)", "Primes that depend on a declaration to check or an unknown distance", True),
    Column("wellness_employees", "bigint", "Employees with journees bien-etre"),
    Column("wellness_days", "bigint", "Days in all"),
)

KPIS_HISTORIQUE = Table(
    "gold",
    "kpis_historique",
    "The indicators of each of the last 365 days, in total and by BU; a value that was replaced stays, with the time it was shown",
    (
        Column("run", "int", "0: by the parameters known for each day; above: a replay, see gold.historique_runs"),
        Column("jour", "date", "The day the indicators are of"),
        Column("bu", "string", "Business unit; NULL: the whole company, employees without a BU included"),
        Column("employees", "bigint", "Active employees, hired by that day"),
        *_INDICATORS,
        Column("wrong_declarations", "bigint", "Declarations in state incorrecte"),
        Column("to_check", "bigint", "Declarations in state a_verifier"),
        Column("unknown_distances", "bigint", "Active modes without a distance"),
        Column("activities", "bigint", "Activities that count and lie in the window that ends on that day"),
        Column("reported_from", "timestamp", "When this value began to be shown, UTC"),
        Column("reported_to", "timestamp", "When it was replaced or its day left the last 365, UTC; NULL: it is shown"),
        BATCH,
    ),
)

HISTORIQUE_RUNS = Table(
    "gold",
    "historique_runs",
    "The runs of gold.kpis_historique: 0 is what is shown, each replay is one more",
    (
        Column("run", "int", "Number of the run"),
        Column("raison", "string", "Why somebody asked for it"),
        Column(
            "parametres",
            "string",
            "JSON: the parameters given to every day; {} for run 0, whose days have each their own",
        ),
        Column("depuis", "date", "First day of the run; run 0: the first day when gold first wrote it"),
        Column("qui", "string", "Who asked for it"),
        Column("lance_le", "timestamp", "When, UTC"),
        BATCH,
    ),
)

PARAMETRES = Table(
    "gold",
    "parametres",
    "The business parameters, and from when to when gold knew them",
    (
        Column("connu_du", "timestamp", "When gold read them, UTC; the first ones hold for all days before, too"),
        Column("connu_jusqu_a", "timestamp", "When others replaced them, UTC; NULL: in force"),
        Column("percent", SHARE, "Prime: share of the yearly gross salary, 0 to 1"),
        Column("min_activities", "int", "Activities that earn the journees bien-etre"),
        Column("window_days", "int", "Length of the window, in days"),
        Column("days", "int", "How many journees bien-etre"),
        Column("max_walk_km", "decimal(9,3)", "Limit for Marche/running"),
        Column("max_bike_km", "decimal(9,3)", "Limit for Vélo/Trottinette/Autres"),
        BATCH,
    ),
)

RH_VERSIONS = Table(
    "gold",
    "rh_versions",
    "What gold knew of each employee, and from when to when; no name, no address, no salary (whose change makes no line)",
    (
        Column("employee_id", "int", "ID salarié"),
        Column("connu_du", "timestamp", "When gold read it, UTC"),
        Column("connu_jusqu_a", "timestamp", "When it was replaced or the row went from hr.employes, UTC; NULL: in force"),
        Column("bu", "string", "Business unit"),
        Column("date_embauche", "date", "Hiring date"),
        Column("moyen_deplacement", "string", "Declared way of commuting, as delivered"),
        Column("distance_km", "decimal(9,3)", "Home-office distance; NULL when unknown"),
        Column("incertitude_km", "decimal(9,3)", "Uncertainty of that distance; NULL when it is unknown"),
        Column("actif", "boolean", "Works here"),
        BATCH,
    ),
)

ELIGIBILITES_HISTORIQUE = Table(
    "gold",
    "eligibilites_historique",
    "Who had which right from when to when, within the last 365 days, and why it came and went",
    (
        Column("employee_id", "int", "ID salarié"),
        Column("droit", "string", "prime_sportive or jours_bien_etre"),
        Column("du", "date", "First day with the right; the first day of the history when it was there already"),
        Column("au", "date", "Last day with it; NULL: still"),
        Column("cause", "string", "Why it came and, when it has gone, why it went"),
        BATCH,
    ),
)

SIMULATIONS = Table(
    "gold",
    "simulations",
    "Today's indicators under other parameters: each combination of a few rates, limits and thresholds",
    (
        Column("percent", SHARE, "Share of the yearly gross salary"),
        Column("max_walk_km", "decimal(9,3)", "Limit for Marche/running"),
        Column("max_bike_km", "decimal(9,3)", "Limit for Vélo/Trottinette/Autres"),
        Column("min_activities", "int", "Activities that earn the journees bien-etre"),
        Column("bu", "string", "Business unit; NULL: the whole company"),
        *_INDICATORS,
        Column("actuel", "boolean", "The parameters in force"),
        BATCH,
    ),
)

PRATIQUE_MENSUELLE = Table(
    "gold",
    "pratique_mensuelle",
    "Who does what: the activities that count, by month, sport and BU",
    (
        Column("mois", "date", "First day of the month, in Paris"),
        Column("sport", "string", "Name of the sport in config/sports.yml; NULL: not in it"),
        Column("bu", "string", "Business unit of the employee today; NULL: none"),
        Column("activites", "bigint", "Activities"),
        Column("personnes", "bigint", "Employees who did at least one"),
        Column("km", "decimal(14,3)", "Kilometres, each activity rounded to the metre; infinite ones are left out"),
        Column("heures", "decimal(14,2)", "Hours"),
        BATCH,
    ),
)

PROCHES_DU_SEUIL = Table(
    "gold",
    "proches_du_seuil",
    "Employees who lack one to five activities for the journees bien-etre",
    (
        Column("employee_id", "int", "ID salarié"),
        Column("bu", "string", "Business unit"),
        Column("nb_activites", "bigint", "Activities that count and lie in the window"),
        Column("manquantes", "int", "How many are missing, 1 to 5"),
        BATCH,
    ),
)

DECLARATIONS = Table(
    "gold",
    "declarations",
    "One row per active employee: the declared commute, and why it is worth what it is",
    (
        Column("employee_id", "int", "ID salarié"),
        Column("bu", "string", "Business unit"),
        Column("moyen_deplacement", "string", "Declared way of commuting, as delivered"),
        Column("distance_km", "decimal(9,3)", "Home-office distance for the declared mode; NULL when unknown"),
        Column("incertitude_km", "decimal(9,3)", "Uncertainty of that distance; NULL when it is unknown"),
        Column("limite_km", "decimal(9,3)", "Limit for the declared active mode; NULL for the other modes"),
        Column("declaration_etat", "string", "sans_objet, correcte, incorrecte, a_verifier or inconnue"),
        Column("raison", "string", "Why, in a French sentence"),
        BATCH,
    ),
)

# Beside hr_versions; gold.parametres shows what is in it.
PARAMETER_VERSIONS = Table(
    "interne",
    "parameter_versions",
    "Every set of parameters that gold has worked with; enough to rebuild the history without config.yml's past",
    (
        Column("version", "bigint", "Number of the set"),
        Column("lu_le", "timestamp", "When it was read, UTC"),
        Column("jour", "date", "Gold's today when it was read"),
        Column("percent", SHARE, ""),
        Column("min_activities", "int", ""),
        Column("window_days", "int", ""),
        Column("days", "int", ""),
        Column("max_walk_km", "decimal(9,3)", ""),
        Column("max_bike_km", "decimal(9,3)", ""),
    ),
)

HISTORY = (
    KPIS_HISTORIQUE, HISTORIQUE_RUNS, PARAMETRES, RH_VERSIONS, ELIGIBILITES_HISTORIQUE, SIMULATIONS, PRATIQUE_MENSUELLE, PROCHES_DU_SEUIL,
    DECLARATIONS,
)  # fmt: skip
