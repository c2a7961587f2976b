-- Who changed what in hr.*, when, from which value to which; also how gold notices a change without reading everything.
SET ROLE sportdata_owner;

CREATE TABLE hr.journal (
  numero        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  transaction   XID8 NOT NULL DEFAULT pg_current_xact_id(),
  relation      TEXT NOT NULL,
  operation     TEXT NOT NULL,
  employee_id   INTEGER,
  ancien        JSONB,
  nouveau       JSONB,
  par           TEXT NOT NULL DEFAULT session_user,
  le            TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX journal_transaction ON hr.journal (transaction);

CREATE FUNCTION hr.journalise() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    INSERT INTO hr.journal (relation, operation) VALUES (TG_TABLE_NAME, TG_OP);
  ELSIF TG_OP = 'INSERT' THEN
    INSERT INTO hr.journal (relation, operation, employee_id, nouveau)
    VALUES (TG_TABLE_NAME, TG_OP, NEW.employee_id, to_jsonb(NEW));
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO hr.journal (relation, operation, employee_id, ancien)
    VALUES (TG_TABLE_NAME, TG_OP, OLD.employee_id, to_jsonb(OLD));
  ELSIF to_jsonb(OLD) IS DISTINCT FROM to_jsonb(NEW) THEN
    INSERT INTO hr.journal (relation, operation, employee_id, ancien, nouveau)
    VALUES (TG_TABLE_NAME, TG_OP, NEW.employee_id, to_jsonb(OLD), to_jsonb(NEW));
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION hr.date_la_modification() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF NEW IS DISTINCT FROM OLD AND NEW.modifie_le = OLD.modifie_le THEN
    NEW.modifie_le := clock_timestamp();
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER date_la_modification BEFORE UPDATE ON hr.employes
  FOR EACH ROW EXECUTE FUNCTION hr.date_la_modification();

CREATE TRIGGER journalise AFTER INSERT OR UPDATE OR DELETE ON hr.employes
  FOR EACH ROW EXECUTE FUNCTION hr.journalise();
CREATE TRIGGER journalise_truncate AFTER TRUNCATE ON hr.employes
  FOR EACH STATEMENT EXECUTE FUNCTION hr.journalise();
CREATE TRIGGER journalise AFTER INSERT OR UPDATE OR DELETE ON hr.distances
  FOR EACH ROW EXECUTE FUNCTION hr.journalise();
CREATE TRIGGER journalise_truncate AFTER TRUNCATE ON hr.distances
  FOR EACH STATEMENT EXECUTE FUNCTION hr.journalise();
CREATE TRIGGER journalise AFTER INSERT OR UPDATE OR DELETE ON hr.preferences
  FOR EACH ROW EXECUTE FUNCTION hr.journalise();
CREATE TRIGGER journalise_truncate AFTER TRUNCATE ON hr.preferences
  FOR EACH STATEMENT EXECUTE FUNCTION hr.journalise();
RESET ROLE;
