"""French places and départements, as the offline estimate knows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Place:
    """A town or village; `region` is the INSEE code of its region, `latitude` and `longitude` degrees of its centre.

    `is_guess`: it was read at the end of a line that may name a street after a town, "10 rue Louis Lunel".
    """

    name: str
    region: str
    latitude: float
    longitude: float
    population: int
    is_guess: bool = False


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

# Name of a département → the first two figures of its postcodes.
DEPARTEMENTS: Final[dict[str, str]] = {
    "Ain": "01", "Aisne": "02", "Allier": "03", "Alpes-de-Haute-Provence": "04", "Hautes-Alpes": "05", "Alpes-Maritimes": "06",
    "Ardèche": "07", "Ardennes": "08", "Ariège": "09", "Aube": "10", "Aude": "11", "Aveyron": "12", "Bouches-du-Rhône": "13",
    "Calvados": "14", "Cantal": "15", "Charente": "16", "Charente-Maritime": "17", "Cher": "18", "Corrèze": "19", "Corse-du-Sud": "20",
    "Haute-Corse": "20", "Côte-d'Or": "21", "Côtes-d'Armor": "22", "Creuse": "23", "Dordogne": "24", "Doubs": "25", "Drôme": "26",
    "Eure": "27", "Eure-et-Loir": "28", "Finistère": "29", "Gard": "30", "Haute-Garonne": "31", "Gers": "32", "Gironde": "33",
    "Hérault": "34", "Ille-et-Vilaine": "35", "Indre": "36", "Indre-et-Loire": "37", "Isère": "38", "Jura": "39", "Landes": "40",
    "Loir-et-Cher": "41", "Loire": "42", "Haute-Loire": "43", "Loire-Atlantique": "44", "Loiret": "45", "Lot": "46", "Lot-et-Garonne": "47",
    "Lozère": "48", "Maine-et-Loire": "49", "Manche": "50", "Marne": "51", "Haute-Marne": "52", "Mayenne": "53", "Meurthe-et-Moselle": "54",
    "Meuse": "55", "Morbihan": "56", "Moselle": "57", "Nièvre": "58", "Nord": "59", "Oise": "60", "Orne": "61", "Pas-de-Calais": "62",
    "Puy-de-Dôme": "63", "Pyrénées-Atlantiques": "64", "Hautes-Pyrénées": "65", "Pyrénées-Orientales": "66", "Bas-Rhin": "67",
    "Haut-Rhin": "68", "Rhône": "69", "Haute-Saône": "70", "Saône-et-Loire": "71", "Sarthe": "72", "Savoie": "73", "Haute-Savoie": "74",
    "Paris": "75", "Seine-Maritime": "76", "Seine-et-Marne": "77", "Yvelines": "78", "Deux-Sèvres": "79", "Somme": "80", "Tarn": "81",
    "Tarn-et-Garonne": "82", "Var": "83", "Vaucluse": "84", "Vendée": "85", "Vienne": "86", "Haute-Vienne": "87", "Vosges": "88",
    "Yonne": "89", "Territoire de Belfort": "90", "Essonne": "91", "Hauts-de-Seine": "92", "Seine-Saint-Denis": "93", "Val-de-Marne": "94",
    "Val-d'Oise": "95",
}  # fmt: skip
