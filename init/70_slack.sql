-- What the Slack consumer knows: which activity has been announced, waits, or is passed over and why. Nothing here goes to the broker.
SET ROLE sportdata_owner;
CREATE SCHEMA IF NOT EXISTS slack;

CREATE TABLE IF NOT EXISTS slack.messages (
  numero    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  etat      TEXT NOT NULL CHECK (etat IN ('en_cours', 'postee', 'abandonnee', 'refusee', 'incertaine')),
  canal     TEXT,                     -- NULL: preview
  texte     TEXT,                     -- forgotten after a while, see SPORTDATA_SLACK_KEEP_DAYS
  nombre    INTEGER NOT NULL,         -- activities in it
  tente_le  TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  poste_le  TIMESTAMPTZ,
  ts        TEXT,                     -- Slack's name of the message in its channel
  detail    TEXT
);
CREATE INDEX IF NOT EXISTS messages_ouvertes ON slack.messages (numero) WHERE etat IN ('en_cours', 'refusee', 'incertaine');
CREATE INDEX IF NOT EXISTS messages_postees ON slack.messages (poste_le) WHERE etat = 'postee' AND texte IS NOT NULL;

-- One row for each id that was ever seen. What the activity says is kept only while something is left to say.
CREATE TABLE IF NOT EXISTS slack.annonces (
  id            BIGINT PRIMARY KEY,
  etat          TEXT NOT NULL CHECK (etat IN ('attente', 'en_cours', 'postee', 'ignoree', 'refusee', 'incertaine')),
  raison        TEXT,
  lsn           BIGINT NOT NULL,      -- of the last change that was taken into account
  rang          BIGINT,               -- place in the stream
  commis_le     TIMESTAMPTZ,
  seule         BOOLEAN NOT NULL DEFAULT false,
  message       BIGINT REFERENCES slack.messages,
  employee_id   INTEGER,
  date_debut    TIMESTAMPTZ,
  type_activite TEXT,
  distance_m    DOUBLE PRECISION,
  duree_s       INTEGER,
  commentaire   TEXT
);
ALTER TABLE slack.annonces ADD COLUMN IF NOT EXISTS devenue BIGINT; -- the key that the row has now, where its message could not follow
CREATE INDEX IF NOT EXISTS annonces_devenues ON slack.annonces (devenue) WHERE devenue IS NOT NULL;
CREATE INDEX IF NOT EXISTS annonces_ouvertes ON slack.annonces (rang) WHERE etat IN ('attente', 'en_cours', 'refusee', 'incertaine');
CREATE INDEX IF NOT EXISTS annonces_par_message ON slack.annonces (message) WHERE message IS NOT NULL;

CREATE TABLE IF NOT EXISTS slack.illisibles (       -- events that are not changes of an activity; their bytes are in bronze
  topic      TEXT NOT NULL,
  partition  INTEGER NOT NULL,
  position   BIGINT NOT NULL,
  raison     TEXT NOT NULL,
  vu_le      TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (topic, partition, position)
);

CREATE TABLE IF NOT EXISTS slack.reperes (          -- one row: what must be remembered of the stream beside single ids
  seul                BOOLEAN PRIMARY KEY DEFAULT true CHECK (seul),
  vide                BOOLEAN NOT NULL DEFAULT true,
  premier_instantane  TEXT NOT NULL DEFAULT '',
  truncate_lsn        BIGINT NOT NULL DEFAULT 0,
  truncate_le         TIMESTAMPTZ
);
ALTER TABLE slack.reperes ADD COLUMN IF NOT EXISTS registre UUID NOT NULL DEFAULT gen_random_uuid(); -- this ledger's name in Slack
ALTER TABLE slack.reperes ADD COLUMN IF NOT EXISTS entendu_le TIMESTAMPTZ; -- commit time of the latest change that was not a snapshot's
INSERT INTO slack.reperes DEFAULT VALUES ON CONFLICT DO NOTHING;

-- its own ledger, from which nothing is ever deleted; names and preferences are granted in 40_rights.sql
GRANT USAGE ON SCHEMA slack TO sportdata_slack;
GRANT SELECT, INSERT, UPDATE ON slack.messages, slack.annonces, slack.illisibles TO sportdata_slack;
GRANT SELECT, UPDATE ON slack.reperes TO sportdata_slack;
RESET ROLE;
