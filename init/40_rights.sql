-- Each component reads and writes what its work needs, and nothing else.
SET ROLE sportdata_owner;
GRANT USAGE ON SCHEMA public TO "user", sportdata_writer;
GRANT SELECT ON public.sport_activities TO "user";
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON public.sport_activities TO sportdata_writer;

GRANT USAGE ON SCHEMA hr TO sportdata_writer, sportdata_hr, sportdata_gold, sportdata_slack;
-- the generator needs to know who does which sport since when, not what they earn or where they live
GRANT SELECT (employee_id, sport, date_embauche, actif) ON hr.employes TO sportdata_writer;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON hr.employes, hr.distances, hr.preferences TO sportdata_hr;
GRANT SELECT ON hr.journal TO sportdata_hr;
-- gold decides on money and modes; names, birth dates and addresses stay behind
GRANT SELECT (employee_id, bu, date_embauche, salaire_brut, moyen_deplacement, actif, modifie_le) ON hr.employes TO sportdata_gold;
GRANT SELECT (employee_id, distance_m, incertitude_m, calcule_le) ON hr.distances TO sportdata_gold;
GRANT SELECT (transaction) ON hr.journal TO sportdata_gold;
GRANT SELECT (employee_id, nom, prenom, actif) ON hr.employes TO sportdata_slack;
GRANT SELECT ON hr.preferences TO sportdata_slack;
RESET ROLE;
