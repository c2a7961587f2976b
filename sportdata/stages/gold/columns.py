"""The rules of `sportdata.rules` as Spark columns: DataFrame to DataFrame, no UDF, correct under ANSI mode.

The session's time zone is UTC. `tests/spark/test_rules_agree.py` holds them against the plain Python oracle.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache, reduce
from operator import or_
from typing import NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from sportdata.rules import activities as rules
from sportdata.rules import declarations
from sportdata.rules.calendar import EARLIEST, LATEST
from sportdata.rules.parameters import Parameters
from sportdata.rules.sports import Catalogue
from sportdata.rules.text import normalise

SPORTS_SCHEMA = T.StructType(
    [
        T.StructField("cle", T.StringType(), nullable=False),
        T.StructField("distance", T.BooleanType(), nullable=False),
        T.StructField("vitesse_max_kmh", T.DoubleType(), nullable=True),
    ]
)

LATIN = (range(0x80, 0x250), range(0x1E00, 0x1F00))  # Latin-1, Extended A and B; Extended Additional
BLANKS = "".join(rf"\x{{{code:x}}}" for code in range(0x3001) if chr(code).isspace())  # Java's \s knows fewer


def _simple_letters() -> Iterator[tuple[str, str]]:
    """Each Latin character whose bare form is one other character: é is e, a non-breaking space is a space."""
    for code in (code for block in LATIN for code in block):
        letters = unicodedata.normalize("NFKD", chr(code)).lower()
        bare = [letter for letter in letters if not unicodedata.category(letter).startswith("M")]
        if len(bare) == 1 and bare[0] != chr(code):
            yield chr(code), bare[0]


COMPOSED, SIMPLE = ("".join(letters) for letters in zip(*_simple_letters(), strict=True))


def normalised(column: Column) -> Column:
    """`rules.text.normalise` for text in Latin letters; "" for null."""
    letters = F.lower(F.translate(F.coalesce(column, F.lit("")), COMPOSED, SIMPLE))
    return F.trim(F.regexp_replace(F.regexp_replace(letters, r"\p{M}+", ""), f"[{BLANKS}]+", " "))


def paris_day(instant: Column) -> Column:
    """The DATE in Paris of a TIMESTAMP, held within the calendar as `rules.calendar.paris_day` does."""
    earliest, latest = (F.timestamp_seconds(F.lit(int(edge.timestamp()))) for edge in (EARLIEST, LATEST))
    held = F.least(F.greatest(instant, earliest), latest)
    return F.when(instant.isNotNull(), F.to_date(F.from_utc_timestamp(held, "Europe/Paris")))  # least() skips nulls


def dans_fenetre(jour: Column, reference: date, window_days: int) -> Column:
    """Whether reference - window_days < jour <= reference; FALSE for null."""
    age = F.datediff(F.lit(reference), jour)
    return F.coalesce((age >= 0) & (age < window_days), F.lit(False))


def sports_rows(catalogue: Catalogue) -> list[tuple[str, bool, float | None]]:
    """The catalogue as rows of SPORTS_SCHEMA, one for each normalised name or synonym."""
    return [(key, sport.distance, sport.vitesse_max_kmh) for key, sport in catalogue.items()]


def with_codes(activities: DataFrame, employees: DataFrame, sports: DataFrame, reference: date) -> DataFrame:
    """Adds `jour` DATE, `codes` ARRAY<STRING> (in the order of rules.CODES) and `compte` BOOLEAN; one row in, one row out.

    activities: employee_id, date_debut, type_activite, distance_m, duree_s, and whatever else, which passes through.
    employees: employee_id (unique), actif, date_embauche. sports: rows of SPORTS_SCHEMA (cle unique).
    """
    known = employees.select(
        F.col("employee_id").alias("_employee_id"), F.col("actif").alias("_actif"), F.col("date_embauche").alias("_date_embauche")
    )
    catalogue = sports.select(
        F.col("cle").alias("_cle"), F.col("distance").alias("_distance"), F.col("vitesse_max_kmh").alias("_vitesse_max_kmh")
    )
    expressions = _verdict(reference)
    joined = (
        activities.withColumn("jour", expressions.jour)
        .join(F.broadcast(known), F.col("employee_id") == F.col("_employee_id"), how="left")
        .join(F.broadcast(catalogue), expressions.key == F.col("_cle"), how="left")
    )
    passed = [f"`{name}`" for name in activities.columns if name not in ("jour", "codes", "compte")]
    return joined.select(*passed, "jour", expressions.codes, expressions.compte)


class _Verdict(NamedTuple):
    jour: Column
    key: Column
    codes: Column
    compte: Column


@lru_cache(maxsize=4)  # making the expressions anew would cost a small batch more than running them
def _verdict(reference: date) -> _Verdict:
    found = {code: F.coalesce(condition, F.lit(False)) for code, condition in _conditions(reference).items()}
    codes = F.array_compact(F.array(*[F.when(found[code], F.lit(code)) for code in rules.CODES]))
    excluded = reduce(or_, [found[code] for code in rules.EXCLUDING])
    key = normalised(F.col("type_activite"))
    return _Verdict(paris_day(F.col("date_debut")), key, codes.alias("codes"), (~excluded).alias("compte"))


def _conditions(reference: date) -> dict[str, Column]:
    """When each code is found, over the joined row; null is no."""
    jour, metres, seconds = F.col("jour"), F.col("distance_m"), F.col("duree_s")
    # The very floating-point form of rules.activities.is_too_fast; Spark orders NaN above all doubles.
    too_fast = metres * F.lit(rules.KMH_PER_MS) > F.col("_vitesse_max_kmh") * seconds.cast("double")
    return {
        rules.EMPLOYE_INCONNU: ~F.coalesce(F.col("_actif"), F.lit(False)),
        rules.DATE_ABSENTE: jour.isNull(),
        rules.DATE_FUTURE: jour > F.lit(reference),
        rules.DUREE_IMPOSSIBLE: seconds.isNull() | (seconds <= 0) | (seconds > rules.LONGEST_S),
        rules.DISTANCE_NEGATIVE: metres < 0,
        rules.VITESSE_IMPOSSIBLE: (seconds > 0) & too_fast,
        rules.SPORT_INCONNU: F.col("_cle").isNull(),
        rules.DISTANCE_HORS_SUJET: ~F.col("_distance") & metres.isNotNull(),
        rules.AVANT_EMBAUCHE: jour < F.col("_date_embauche"),
    }


def _exact(value: Decimal, kind: str) -> Column:
    return F.lit(f"{value:f}").cast(kind)


def _limit_km(parameters: Parameters) -> Column:
    mode = normalised(F.col("moyen_deplacement"))
    walk, bike = (_exact(limit, "decimal(18,6)") for limit in (parameters.max_walk_km, parameters.max_bike_km))
    return F.when(mode == normalise(declarations.WALK), walk).when(mode == normalise(declarations.BIKE), bike)


def _state() -> Column:
    """`rules.declarations.state`, over the columns _limite_km, distance_m and incertitude_m."""
    limit_m = F.col("_limite_km") * _exact(Decimal(1000), "decimal(4,0)")
    metres, doubt = F.col("distance_m").cast("bigint"), F.coalesce(F.col("incertitude_m"), F.lit(0)).cast("bigint")
    return (
        F.when(F.col("_limite_km").isNull(), declarations.SANS_OBJET)
        .when(metres.isNull(), declarations.INCONNUE)
        .when(metres + doubt <= limit_m, declarations.CORRECTE)
        .when(metres - doubt > limit_m, declarations.INCORRECTE)
        .otherwise(declarations.A_VERIFIER)
    )


def eligibilites(people: DataFrame, parameters: Parameters, reference: date) -> DataFrame:
    """`gold.eligibilites` but its batch_id: one row per active employee.

    people: employee_id (unique), bu, salaire_brut DECIMAL(12,2), moyen_deplacement, actif, distance_m INT, incertitude_m INT,
    nb_activites BIGINT (null: none), derniere_activite TIMESTAMP.
    """
    rights = people.where("actif")
    for columns in _steps(parameters, reference):
        rights = rights.select(*columns)
    return rights


@lru_cache(maxsize=4)  # as for _verdict
def _steps(parameters: Parameters, reference: date) -> tuple[tuple[str | Column, ...], ...]:
    salary = F.coalesce(F.col("salaire_brut"), F.lit(0)).cast("decimal(12,2)")
    montant = F.round(salary * _exact(parameters.percent, "decimal(19,18)"), 2).cast("decimal(12,2)")
    nb = F.coalesce(F.col("nb_activites"), F.lit(0)).cast("bigint")
    return (
        ("*", nb.alias("_nb"), montant.alias("_montant"), _limit_km(parameters).alias("_limite_km")),
        ("*", _state().alias("_etat")),
        _rights(parameters, reference),
    )


def _rights(parameters: Parameters, reference: date) -> tuple[Column, ...]:
    etat, nothing = F.col("_etat"), F.lit("0.00").cast("decimal(12,2)")
    right, pending = etat == declarations.CORRECTE, etat.isin(declarations.A_VERIFIER, declarations.INCONNUE)
    well = F.col("_nb") >= parameters.min_activities
    # 999 999.999 km is all that DECIMAL(9,3) holds; the verdict is given by the metres
    metres = F.greatest(F.least(F.col("distance_m"), F.lit(999_999_999)), F.lit(-999_999_999))
    kilometres = F.when(F.col("distance_m").isNotNull(), metres * _exact(Decimal("0.001"), "decimal(3,3)"))
    return (
        F.col("employee_id").cast("int").alias("employee_id"),
        F.col("bu"),
        F.col("moyen_deplacement"),
        kilometres.cast("decimal(9,3)").alias("distance_km"),
        F.col("_limite_km").cast("decimal(9,3)").alias("limite_km"),
        etat.alias("declaration_etat"),
        F.when(~pending, etat != declarations.INCORRECTE).alias("declaration_correcte"),
        right.alias("prime_sportive"),
        F.when(right, F.col("_montant")).otherwise(nothing).alias("montant_prime_euros"),
        F.when(pending, F.col("_montant")).otherwise(nothing).alias("montant_en_attente_euros"),
        F.col("_nb").alias("nb_activites"),
        well.alias("jours_bien_etre"),
        F.when(well, F.lit(parameters.wellness_days)).otherwise(F.lit(0)).cast("int").alias("nb_jours_bien_etre"),
        F.col("derniere_activite"),
        F.lit(reference).alias("date_reference"),
    )
