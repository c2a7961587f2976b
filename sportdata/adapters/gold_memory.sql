-- What gold remembers of each activity: its current version, and the position up to which changes have been counted.
CREATE TABLE IF NOT EXISTS activite (
  id            INTEGER PRIMARY KEY,
  kafka_part    INTEGER NOT NULL,          -- partition that carries this id
  envoye        INTEGER NOT NULL,          -- when the last applied change was sent, microseconds: orders partitions among each other
  lsn           INTEGER NOT NULL,          -- greatest WAL position applied to this id; 0: known from a snapshot alone
  generation    INTEGER NOT NULL,          -- youngest snapshot delivered before the last applied change
  present       INTEGER NOT NULL,          -- 0: deleted, kept so that a redelivered insert cannot raise it again
  employee_id   INTEGER,
  date_debut    INTEGER,                   -- microseconds since 1970, UTC
  type_activite TEXT,
  distance_m    ANY,                       -- a double; the text NaN, which SQLite cannot hold as a number
  duree_s       INTEGER,
  commentaire   TEXT,
  depuis        INTEGER,                   -- commit time of this version, microseconds
  jour          INTEGER,                   -- Paris day, days since 1970
  codes         TEXT NOT NULL DEFAULT '',  -- anomalies, comma-separated
  compte        INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS activite_employe ON activite (employee_id, jour, date_debut) WHERE compte = 1 AND present = 1;
DROP INDEX IF EXISTS activite_de;         -- of an earlier version; the next one serves for it
CREATE INDEX IF NOT EXISTS activite_de_jour ON activite (employee_id, jour, codes) WHERE present = 1;
CREATE INDEX IF NOT EXISTS activite_jour ON activite (jour) WHERE present = 1;
CREATE INDEX IF NOT EXISTS activite_codes ON activite (id) WHERE codes <> '' AND present = 1;
-- snapshots in the order of their first delivery
CREATE TABLE IF NOT EXISTS instantane (
  generation INTEGER PRIMARY KEY,
  topic_id   TEXT NOT NULL,
  kafka_part INTEGER NOT NULL,
  cle        TEXT NOT NULL,
  UNIQUE (topic_id, kafka_part, cle)
) STRICT;
-- complete snapshots, with the partition that carried the last row and when that was sent
CREATE TABLE IF NOT EXISTS instantane_complet (
  topic_id   TEXT NOT NULL,
  cle        TEXT NOT NULL,
  kafka_part INTEGER NOT NULL,
  envoye     INTEGER NOT NULL,
  PRIMARY KEY (topic_id, cle)
) STRICT;
-- events set aside
CREATE TABLE IF NOT EXISTS evenement (
  topic TEXT NOT NULL, topic_id TEXT NOT NULL, kafka_part INTEGER NOT NULL, kafka_offset INTEGER NOT NULL,
  motif TEXT NOT NULL, depuis INTEGER,
  PRIMARY KEY (topic_id, kafka_part, kafka_offset)
) STRICT;
-- activities whose row in gold.activites is not yet what it should be
CREATE TABLE IF NOT EXISTS a_publier (id INTEGER PRIMARY KEY, tour INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS memo (cle TEXT PRIMARY KEY, valeur TEXT) STRICT;
CREATE TEMP TABLE IF NOT EXISTS lot (id INTEGER PRIMARY KEY);
CREATE TEMP TABLE IF NOT EXISTS touche (employee_id INTEGER PRIMARY KEY);
