"""French places and départements, as the offline estimate knows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Place:
    """A town or village; `region` is the INSEE code of its region, `latitude` and `longitude` degrees of its centre."""

    name: str
    region: str
    latitude: float
    longitude: float
    population: int


@dataclass(frozen=True)
class Unplaced:
    """An address that cannot be placed; `reason` is for people, and names its commune and postcode alone."""

    reason: str


# Région (INSEE code) → département (the first two figures of a postcode; 2A and 2B share 20): its chef-lieu.
CHEFS_LIEUX: Final[dict[str, dict[str, str]]] = {
    "11": {
        "75": "Paris",
        "77": "Melun",
        "78": "Versailles",
        "91": "Évry",
        "92": "Nanterre",
        "93": "Bobigny",
        "94": "Créteil",
        "95": "Cergy",
    },
    "24": {"18": "Bourges", "28": "Chartres", "36": "Châteauroux", "37": "Tours", "41": "Blois", "45": "Orléans"},
    "27": {
        "21": "Dijon",
        "25": "Besançon",
        "39": "Lons-le-Saunier",
        "58": "Nevers",
        "70": "Vesoul",
        "71": "Mâcon",
        "89": "Auxerre",
        "90": "Belfort",
    },
    "28": {"14": "Caen", "27": "Évreux", "50": "Saint-Lô", "61": "Alençon", "76": "Rouen"},
    "32": {"02": "Laon", "59": "Lille", "60": "Beauvais", "62": "Arras", "80": "Amiens"},
    "44": {
        "08": "Charleville-Mézières",
        "10": "Troyes",
        "51": "Châlons-en-Champagne",
        "52": "Chaumont",
        "54": "Nancy",
        "55": "Bar-le-Duc",
        "57": "Metz",
        "67": "Strasbourg",
        "68": "Colmar",
        "88": "Épinal",
    },
    "52": {"44": "Nantes", "49": "Angers", "53": "Laval", "72": "Le Mans", "85": "La Roche-sur-Yon"},
    "53": {"22": "Saint-Brieuc", "29": "Quimper", "35": "Rennes", "56": "Vannes"},
    "75": {
        "16": "Angoulême",
        "17": "La Rochelle",
        "19": "Tulle",
        "23": "Guéret",
        "24": "Périgueux",
        "33": "Bordeaux",
        "40": "Mont-de-Marsan",
        "47": "Agen",
        "64": "Pau",
        "79": "Niort",
        "86": "Poitiers",
        "87": "Limoges",
    },
    "76": {
        "09": "Foix",
        "11": "Carcassonne",
        "12": "Rodez",
        "30": "Nîmes",
        "31": "Toulouse",
        "32": "Auch",
        "34": "Montpellier",
        "46": "Cahors",
        "48": "Mende",
        "65": "Tarbes",
        "66": "Perpignan",
        "81": "Albi",
        "82": "Montauban",
    },
    "84": {
        "01": "Bourg-en-Bresse",
        "03": "Moulins",
        "07": "Privas",
        "15": "Aurillac",
        "26": "Valence",
        "38": "Grenoble",
        "42": "Saint-Étienne",
        "43": "Le Puy-en-Velay",
        "63": "Clermont-Ferrand",
        "69": "Lyon",
        "73": "Chambéry",
        "74": "Annecy",
    },
    "93": {"04": "Digne-les-Bains", "05": "Gap", "06": "Nice", "13": "Marseille", "83": "Toulon", "84": "Avignon"},
    "94": {"20": "Ajaccio"},
}
