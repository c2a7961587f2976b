"""A seeded storm of changes from several sessions at once: what people, scripts and accidents do to the two schemas."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import psycopg
from psycopg import errors

from sportdata.settings import Settings
from tests.waiting import until

PARIS = ZoneInfo("Europe/Paris")
SPORTS = ["Course à pied", "Runing", "randonnée", "VELO", "Natation", "Tennis", "Judo", "Escalade", "Quidditch", "", None, "Équitation"]
MODES = ["Marche/running", "MARCHE/RUNNING", "Vélo/Trottinette/Autres", "velo/trottinette/autres", "Transports en commun", "Fusée", None]
OUTSIDE = ["infinity", "-infinity", "0044-03-15 BC", "10000-01-01"]  # of the calendar that Python and Spark have
SALARIES = ["NaN", None, "-0.01", "9999999999.99"]
FAR = [-(2**31), 2**31 - 1]
IDS = 4_000
COLUMNS = "id, employee_id, date_debut, type_activite, distance_m, duree_s, commentaire"
INSERT = f"INSERT INTO public.sport_activities ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s)"


@dataclass
class Tally:
    """What the storm did; counted under a lock, since sessions share it."""

    changes: int = 0
    transactions: int = 0
    rolled_back: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, changes: int, rolled_back: bool) -> None:
        with self.lock:
            self.transactions += 1
            self.rolled_back += rolled_back
            self.changes += 0 if rolled_back else changes


class Session(threading.Thread):
    """One database session; its own random sequence, so a seed gives the same intentions whatever the interleaving."""

    def __init__(
        self, settings: Settings, seed: int, number: int, transactions: int, employees: list[int], day: date, tally: Tally
    ) -> None:
        super().__init__(name=f"storm-{number}", daemon=True)
        self.settings, self.random, self.number = settings, random.Random(f"{seed}/{number}"), number
        self.count, self.employees, self.day, self.tally = transactions, employees, day, tally
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            with (
                psycopg.connect(self.settings.dsn("sportdata_writer")) as activities,
                psycopg.connect(self.settings.dsn("sportdata_hr")) as hr,
            ):
                for number in range(self.count):
                    self._transaction(activities)
                    if number % 25 == 0:
                        self._edit_hr(hr)
                if self.number == 0:
                    activities.execute("TRUNCATE public.sport_activities")
                    for _ in range(60):
                        self._insert(activities.cursor())
                    activities.commit()
        except BaseException as error:  # noqa: BLE001 - shown by the test
            self.failure = error

    def _transaction(self, connection: psycopg.Connection) -> None:
        changes = 0
        abort = self.random.random() < 0.06
        try:
            with connection.cursor() as cursor:
                for _ in range(self.random.randint(3, 24)):
                    changes += self._step(cursor)
            (connection.rollback if abort else connection.commit)()
        except (errors.DeadlockDetected, errors.UniqueViolation):
            connection.rollback()
            abort = True
        self.tally.add(changes, abort)

    def _step(self, cursor: psycopg.Cursor) -> int:
        draw = self.random.random()
        if draw < 0.42:
            return self._insert(cursor)
        if draw < 0.62:
            return self._update(cursor)
        if draw < 0.72:
            return cursor.execute("DELETE FROM public.sport_activities WHERE id = %s", [self._id()]).rowcount
        if draw < 0.78:
            return self._again(cursor)
        if draw < 0.83:
            return self._move(cursor)
        if draw < 0.88:
            return self._swap(cursor)
        if draw < 0.94:
            return self._savepoint(cursor)
        if draw < 0.995:
            return self._many_of_one(cursor)
        if draw < 0.998 and self.number == 1:
            return cursor.execute("TRUNCATE public.sport_activities").rowcount + 1
        return self._insert(cursor)

    def _id(self) -> int:
        return self.random.randint(1, IDS)

    def _employee(self) -> int | None:
        return self.random.choice([*self.random.choices(self.employees, k=20), 999_999, None])

    def _start(self) -> datetime | None:
        """Often on an edge: midnight in Paris around the ends of the window, or in the future."""
        draw = self.random.random()
        if draw < 0.03:
            return None
        if draw < 0.5:
            back = self.random.choice([0, 364, 365, 366, -1, 1, 399])
            edge = datetime.combine(self.day - timedelta(days=back), time(0), PARIS).astimezone(UTC)
            return edge + timedelta(microseconds=self.random.choice([-1, 0, 1, 3_600_000_000]))
        return datetime.combine(self.day, time(12), UTC) - timedelta(seconds=self.random.randint(-10 * 86_400, 420 * 86_400))

    def _values(self) -> tuple[object, ...]:
        r = self.random
        duration = r.choice([None, 0, -5, 86_400, 86_401, *[r.randint(60, 20_000)] * 12])
        distance = r.choice([None, None, -1.0, 0.0, float("nan"), float("inf"), 1e9, *[r.uniform(10, 60_000)] * 12])
        comment = r.choice([None, "", "Top !", 'l\'été « 100 % » \\ "ça" 🏃\n\tfin', None, None])
        if r.random() < 0.01:
            comment = "".join(r.choices("abcdefghijklmnopqrstuvwxyzé0123456789", k=12_000))
        return (self._employee(), self._start(), r.choice(SPORTS), distance, duration, comment)

    def _insert(self, cursor: psycopg.Cursor) -> int:
        upsert = " ON CONFLICT (id) DO UPDATE SET employee_id = excluded.employee_id, duree_s = excluded.duree_s"
        return cursor.execute(INSERT + upsert, (self._id(), *self._values())).rowcount

    def _update(self, cursor: psycopg.Cursor) -> int:
        names = ["employee_id", "date_debut", "type_activite", "distance_m", "duree_s", "commentaire"]
        values = dict(zip(names, self._values(), strict=True))
        chosen = self.random.sample(names, self.random.randint(1, 3))
        setting = ", ".join(f"{name} = %s" for name in chosen)
        first = self._id()
        where = [*[values[name] for name in chosen], first, first + self.random.choice([0, 0, 0, 3])]
        return cursor.execute(f"UPDATE public.sport_activities SET {setting} WHERE id BETWEEN %s AND %s", where).rowcount

    def _again(self, cursor: psycopg.Cursor) -> int:
        """Deletes and inserts the same id in one transaction."""
        one = self._id()
        gone = cursor.execute("DELETE FROM public.sport_activities WHERE id = %s", [one]).rowcount
        return gone + cursor.execute(f"{INSERT} ON CONFLICT DO NOTHING", (one, *self._values())).rowcount

    def _move(self, cursor: psycopg.Cursor) -> int:
        """Changes a primary key, where the new one is free."""
        old, new = self._id(), self._id()
        statement = """UPDATE public.sport_activities SET id = %(new)s WHERE id = %(old)s
                       AND NOT EXISTS (SELECT FROM public.sport_activities WHERE id = %(new)s)"""
        return cursor.execute(statement, {"old": old, "new": new}).rowcount

    def _swap(self, cursor: psycopg.Cursor) -> int:
        one, other = sorted((self._id(), self._id()))
        done = 0
        for old, new in ((one, -one - IDS * (self.number + 1)), (other, one), (-one - IDS * (self.number + 1), other)):
            done += self._renamed(cursor, old, new)
        return done

    def _renamed(self, cursor: psycopg.Cursor, old: int, new: int) -> int:
        if old == new:
            return 0
        return cursor.execute("UPDATE public.sport_activities SET id = %s WHERE id = %s", [new, old]).rowcount

    def _savepoint(self, cursor: psycopg.Cursor) -> int:
        cursor.execute("SAVEPOINT here")
        lost = self._update(cursor) + self._insert(cursor)
        if self.random.random() < 0.6:
            cursor.execute("ROLLBACK TO SAVEPOINT here")
            lost = 0
        cursor.execute("RELEASE SAVEPOINT here")
        return lost + self._insert(cursor)

    def _many_of_one(self, cursor: psycopg.Cursor) -> int:
        one = self._id()
        return sum(
            cursor.execute("UPDATE public.sport_activities SET duree_s = %s WHERE id = %s", [self.random.randint(1, 9_000), one]).rowcount
            for _ in range(self.random.randint(2, 5))
        )

    def _edit_hr(self, connection: psycopg.Connection) -> None:
        r, who = self.random, self.random.choice(self.employees)
        statement, values = r.choice(
            [
                ("UPDATE hr.employes SET salaire_brut = %s WHERE employee_id = %s", (r.randint(2_000_000, 9_000_000) / 100, who)),
                ("UPDATE hr.employes SET salaire_brut = %s WHERE employee_id = %s", (r.choice(SALARIES), who)),
                ("UPDATE hr.employes SET moyen_deplacement = %s WHERE employee_id = %s", (r.choice(MODES), who)),
                (
                    "UPDATE hr.employes SET bu = %s, actif = %s WHERE employee_id = %s",
                    (r.choice(["R&D", "Ventes", None]), r.random() < 0.8, who),
                ),
                ("UPDATE hr.employes SET date_embauche = %s WHERE employee_id = %s", (self.day - timedelta(days=r.randint(0, 700)), who)),
                ("UPDATE hr.employes SET date_embauche = %s WHERE employee_id = %s", (r.choice(OUTSIDE), who)),
                ("UPDATE hr.employes SET modifie_le = %s WHERE employee_id = %s", (r.choice(OUTSIDE), who)),
                ("UPDATE hr.distances SET calcule_le = %s WHERE employee_id = %s", (r.choice(OUTSIDE), who)),
                (
                    """INSERT INTO hr.distances (employee_id, mode, distance_m, incertitude_m, calcule_le) VALUES (%s, 'x', %s, %s, now())
                       ON CONFLICT (employee_id) DO UPDATE SET distance_m = excluded.distance_m, incertitude_m = excluded.incertitude_m""",
                    (who, r.choice([None, 14_999, 15_000, 15_001, 25_000, 25_001, *FAR]), r.choice([0, 1, 1_000, *FAR])),
                ),
                ("DELETE FROM hr.distances WHERE employee_id = %s", (who,)),
                ("DELETE FROM hr.employes WHERE employee_id = %s", (who,)),
                (
                    """INSERT INTO hr.employes (employee_id, bu, salaire_brut, moyen_deplacement) VALUES (%s, 'Support', %s, %s)
                       ON CONFLICT (employee_id) DO UPDATE SET actif = true""",
                    (who, 31_234.55, r.choice(MODES)),
                ),
            ]
        )
        try:
            connection.execute(statement, values)
            (connection.rollback if r.random() < 0.1 else connection.commit)()
        except errors.DeadlockDetected:
            connection.rollback()


class Storm:
    """Its sessions have begun."""

    def __init__(self, settings: Settings, seed: int, transactions: int, day: date, sessions: int = 4) -> None:
        with psycopg.connect(settings.dsn("sportdata_hr")) as connection:
            employees = [row[0] for row in connection.execute("SELECT employee_id FROM hr.employes ORDER BY employee_id")]
        self.tally, self._transactions = Tally(), transactions
        self._sessions = [
            Session(settings, seed, number, transactions // sessions, employees, day, self.tally) for number in range(sessions)
        ]
        for session in self._sessions:
            session.start()

    def reach(self, part: float) -> None:
        """Waits for so much of it; or for its end, which `see_out` looks into."""
        wanted = self._transactions * part
        until(lambda: self.tally.transactions >= wanted or not any(session.is_alive() for session in self._sessions), 300, f"{part} of it")

    def see_out(self) -> None:
        for session in self._sessions:
            session.join(600)
        assert [session.failure for session in self._sessions] == [None] * len(self._sessions)
