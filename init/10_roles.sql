-- Who may do what. Passwords are set apart, from the settings, already hashed; nothing here is a secret.
-- Objects belong to sportdata_owner, who cannot log in.
CREATE ROLE sportdata_owner NOLOGIN;
CREATE ROLE "user" LOGIN REPLICATION;
CREATE ROLE sportdata_writer LOGIN;
CREATE ROLE sportdata_hr LOGIN;
CREATE ROLE sportdata_gold LOGIN;
CREATE ROLE sportdata_slack LOGIN;
CREATE ROLE sportdata_exporter LOGIN IN ROLE pg_monitor;
