"""The Delta tables that others read (CONTRACT §6): columns, types and what each means, once."""

from __future__ import annotations

from sportdata.contracts.columns import BATCH, Column, Table
from sportdata.contracts.history import (
    DECLARATIONS,
    ELIGIBILITES_HISTORIQUE,
    HISTORIQUE_RUNS,
    HISTORY,
    KPIS_HISTORIQUE,
    PARAMETER_VERSIONS,
    PARAMETRES,
    PRATIQUE_MENSUELLE,
    PROCHES_DU_SEUIL,
    RH_VERSIONS,
    SIMULATIONS,
)

__all__ = [
    "ACTIVITES",
    "ANOMALIES",
    "BRONZE",
    "DECLARATIONS",
    "ELIGIBILITES",
    "ELIGIBILITES_HISTORIQUE",
    "GOLD",
    "HISTORIQUE_RUNS",
    "HISTORY",
    "HR_VERSIONS",
    "KPIS",
    "KPIS_HISTORIQUE",
    "PARAMETER_VERSIONS",
    "PARAMETRES",
    "PRATIQUE_MENSUELLE",
    "PROCHES_DU_SEUIL",
    "PUBLIC",
    "RH_VERSIONS",
    "SIMULATIONS",
    "Column",
    "Table",
]

BRONZE = Table(
    "bronze",
    "sport_activities",
    "Each event of the activities topic as it came, unreadable ones included; append-only",
    (
        Column("topic", "string", "Topic the event was read from"),
        Column("topic_id", "string", "Identity of that topic: another one after the topic has been made anew"),
        Column("partition", "int", "Partition of the topic"),
        Column("offset", "bigint", "Offset in the partition"),
        Column("kafka_timestamp", "timestamp", "When the producer sent it, UTC"),
        Column("key", "string", "Key as it came; NULL when it is none or not UTF-8 (see key_binaire)"),
        Column("value", "string", "Value as it came; NULL when it is none or not UTF-8 (see value_binaire)"),
        Column("op", "string", "c insert, u update, d delete, t truncate, r snapshot row; NULL when unreadable or a tombstone"),
        Column("lsn", "bigint", "Position of the change in PostgreSQL's write-ahead log"),
        Column("source_ts", "timestamp", "Commit time at PostgreSQL, UTC; for a snapshot row the time of the snapshot"),
        Column("ingested_at", "timestamp", "When the bronze job wrote it, UTC"),
        Column("erreur", "string", "Why the event cannot be read; NULL when it can"),
        Column("key_binaire", "binary", "The key's bytes when they are not UTF-8"),
        Column("value_binaire", "binary", "The value's bytes when they are not UTF-8"),
    ),
)

ELIGIBILITES = Table(
    "gold",
    "eligibilites",
    "One row per active employee: what they are entitled to, and why",
    (
        Column("employee_id", "int", "ID salarié"),
        Column("bu", "string", "Business unit"),
        Column("moyen_deplacement", "string", "Declared way of commuting, as delivered"),
        Column("distance_km", "decimal(9,3)", "Home-office distance for the declared mode; NULL when unknown"),
        Column("limite_km", "decimal(9,3)", "Limit for the declared active mode; NULL for the other modes"),
        Column("declaration_etat", "string", "sans_objet, correcte, incorrecte, a_verifier or inconnue"),
        Column("declaration_correcte", "boolean", "TRUE, FALSE, or NULL while it cannot be said"),
        Column("prime_sportive", "boolean", "Earns the prime sportive"),
        Column("montant_prime_euros", "decimal(12,2)", "Prime in euros: salary x percent, HALF_UP to the cent; 0 when not earned", True),
        Column("montant_en_attente_euros", "decimal(12,2)", "Prime that depends on a declaration to check or an unknown distance", True),
        Column("nb_activites", "bigint", "Activities that count and lie in the window"),
        Column("jours_bien_etre", "boolean", "Has the journees bien-etre"),
        Column("nb_jours_bien_etre", "int", "How many days"),
        Column("derniere_activite", "timestamp", "Start of the latest activity that counts, UTC"),
        Column("date_reference", "date", "The day these rights are worked out for"),
        BATCH,
    ),
)

ACTIVITES = Table(
    "gold",
    "activites",
    "One row per activity that exists now",
    (
        Column("id", "bigint", "Key of the activity at the source"),
        Column("employee_id", "int", "Who did it"),
        Column("date_debut", "timestamp", "Start, UTC"),
        Column("type_activite", "string", "Sport as recorded"),
        Column("distance_m", "double", "Metres; NULL where a distance means nothing"),
        Column("duree_s", "int", "Seconds"),
        Column("commentaire", "string", "The employee's comment"),
        Column("bu", "string", "Business unit of the employee; NULL when unknown"),
        Column("jour", "date", "Day of the start in Paris"),
        Column("compte", "boolean", "Counts by the rules (no excluding anomaly)"),
        Column("dans_fenetre", "boolean", "Lies in the window that ends on the reference day"),
        BATCH,
    ),
)

ANOMALIES = Table(
    "gold",
    "anomalies",
    "What somebody should look at; a row leaves by itself when its cause is gone",
    (
        Column("objet", "string", "activite, declaration or evenement"),
        Column("reference", "string", "Activity id, employee id, or topic/partition@offset"),
        Column("code", "string", "What is wrong"),
        Column("detail", "string", "With which values"),
        Column("depuis", "timestamp", "Commit time of the version that carries it, UTC"),
        BATCH,
    ),
)

KPIS = Table(
    "gold",
    "kpis",
    "One row: the company's indicators",
    (
        Column("employees", "bigint", "Active employees"),
        Column("prime_total_eur", "decimal(18,2)", "Sum of montant_prime_euros"),
        Column("prime_employees", "bigint", "Employees with a prime"),
        Column("pending_eur", "decimal(18,2)", "Sum of montant_en_attente_euros; often of one person", True),
        Column("wellness_employees", "bigint", "Employees with journees bien-etre"),
        Column("wellness_days", "bigint", "Days in all"),
        Column("wrong_declarations", "bigint", "Declarations in state incorrecte"),
        Column("to_check", "bigint", "Declarations in state a_verifier"),
        Column("unknown_distances", "bigint", "Active modes without a distance"),
        Column("activities", "bigint", "Activities that count and lie in the window"),
        Column("last_activity", "timestamp", "Start of the latest activity that counts, UTC"),
        Column("as_of", "date", "The day the indicators are worked out for"),
        BATCH,
    ),
)

# Not registered at the Thrift server: salaries.
HR_VERSIONS = Table(
    "interne",
    "hr_versions",
    "Every version of the HR data that gold has worked with; enough to rebuild gold without PostgreSQL",
    (
        Column("version", "bigint", "Number of the reading"),
        Column("lu_le", "timestamp", "When it was read, UTC"),
        Column("employee_id", "int", ""),
        Column("supprime", "boolean", "The row is gone from hr.employes"),
        Column("bu", "string", ""),
        Column("date_embauche", "date", ""),
        Column("salaire_brut", "decimal(12,2)", ""),
        Column("moyen_deplacement", "string", ""),
        Column("actif", "boolean", ""),
        Column("modifie_le", "timestamp", ""),
        Column("distance_m", "int", ""),
        Column("incertitude_m", "int", ""),
        Column("calcule_le", "timestamp", ""),
        Column("jour", "date", "Gold's today when it was read; NULL, in rows of an earlier version of ours: the Paris day of lu_le"),
    ),
)

GOLD = (ELIGIBILITES, ACTIVITES, ANOMALIES, KPIS)
PUBLIC = (BRONZE, *GOLD, *HISTORY)
