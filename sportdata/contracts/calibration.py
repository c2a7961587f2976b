"""Every number of the offline estimate, and where it comes from. `bench/distances.py` fits and judges them.

All were fitted on 80 recorded road distances to one office (in Lattes, beside Montpellier), 77 of which could be placed, 34
of them for an active mode. Errors by mode, seen and unseen: docs/distances.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sportdata.contracts.distances import TravelMode

# Road over crow's distance between town centres, in steps of 0.05: for each mode the factor with the least mean absolute
# error. Walking takes bicycling's: its own eight people gave 0.93, and no way is shorter than the crow's.
FACTORS: Final[dict[TravelMode, float]] = {"walking": 1.1, "bicycling": 1.1, "transit": 1.6, "driving": 1.35}

# An address is somewhere within its town: a disc of 2 km radius, grown by its inhabitants. Half the two discs' spread is
# what their centres' distance lacks on average (all of it, when home and office are in one town). Chosen together with the
# two below among some fifty combinations: they are as good as that region is like others.
TOWN_RADIUS_KM: Final = 2.0
INHABITANTS_PER_KM2: Final = 9000.0
CENTRE_SHARE: Final = 0.25

# The uncertainty: twice the spread of the two ends, and a fifth for the roads.
ENDS_SHARE: Final = 2.0
ROADS_SHARE: Final = 0.2

# A ratio of two lengths says nothing below this.
SHORTEST_RATIO_KM: Final = 1.0


@dataclass(frozen=True)
class Detour:
    """How much longer than the plain estimate the recorded ways from a town are: `ways` of them, by the geometric mean `ratio`."""

    ways: int
    ratio: float

    @property
    def factor(self) -> float:
        """The ratio as far as it can be believed: as if one more way had shown none. One way counts half, four count 4/5."""
        return float(self.ratio ** (self.ways / (self.ways + 1)))


# Lagoons, a river and an airport lie around the office, so towns equally far by the crow are not by road. Valid for an office
# in this town alone (name and région); for another office, and for towns that are not named, the plain estimate stands.
OFFICE_TOWN: Final = ("Lattes", "76")
DETOURS: Final[dict[str, Detour]] = {
    "Balaruc-les-Bains": Detour(3, 1.06),
    "Béziers": Detour(1, 0.9),
    "Castelnau-le-Lez": Detour(3, 1.04),
    "Clapiers": Detour(2, 1.08),
    "Cournonterral": Detour(2, 1.19),
    "Fabrègues": Detour(2, 1.5),
    "Gigean": Detour(1, 1.45),
    "La Grande-Motte": Detour(3, 0.95),
    "Lattes": Detour(11, 1.35),
    "Les Matelles": Detour(1, 1.24),
    "Lunel": Detour(1, 0.98),
    "Lézignan-la-Cèbe": Detour(1, 1.35),
    "Marsillargues": Detour(1, 1.01),
    "Mauguio": Detour(3, 0.71),
    "Montbazin": Detour(1, 1.57),
    "Montpellier": Detour(17, 0.97),
    "Mèze": Detour(2, 1.01),
    "Nîmes": Detour(1, 0.78),
    "Palavas-les-Flots": Detour(1, 2.04),
    "Pinet": Detour(1, 0.98),
    "Pérols": Detour(7, 0.89),
    "Saint-Aunès": Detour(1, 0.92),
    "Saint-Clément-de-Rivière": Detour(1, 1.08),
    "Saint-Drézéry": Detour(2, 0.96),
    "Sète": Detour(1, 1.19),
    "Sérignan": Detour(1, 0.95),
    "Valergues": Detour(1, 0.87),
    "Vauvert": Detour(1, 0.89),
    "Vendargues": Detour(2, 0.83),
    "Vias": Detour(2, 1.01),
}
