-- one statement a line; {salaries} is a path in the lake, {out} one outside
INSERT INTO gold.kpis SELECT * FROM gold.kpis
INSERT OVERWRITE gold.kpis SELECT * FROM gold.kpis
INSERT OVERWRITE DIRECTORY '{out}' USING csv SELECT * FROM gold.kpis
INSERT OVERWRITE LOCAL DIRECTORY '{out}' STORED AS TEXTFILE SELECT * FROM gold.kpis
FROM gold.kpis INSERT OVERWRITE DIRECTORY '{out}' USING json SELECT *
WITH a AS (SELECT 1) INSERT INTO gold.kpis SELECT * FROM a
UPDATE gold.kpis SET employees = 0
DELETE FROM gold.kpis
MERGE INTO gold.kpis t USING gold.kpis s ON t.employees = s.employees WHEN MATCHED THEN DELETE
TRUNCATE TABLE gold.kpis
DROP TABLE gold.kpis
DROP TABLE IF EXISTS gold.none
DROP VIEW gold.eligibilites
DROP SCHEMA gold CASCADE
CREATE SCHEMA mine LOCATION '{out}'
CREATE TABLE gold.mine (a INT) USING csv LOCATION '{out}'
CREATE TABLE gold.mine USING text LOCATION '/etc/passwd'
CREATE TABLE gold.mine USING jdbc OPTIONS (url 'jdbc:postgresql://127.0.0.1/x', dbtable 'hr.employes')
CREATE TABLE gold.mine USING delta LOCATION '{salaries}'
CREATE TABLE gold.mine AS SELECT 1 AS a
CREATE OR REPLACE TABLE gold.kpis AS SELECT 1 AS a
CREATE VIEW gold.mine AS SELECT * FROM delta.`{salaries}`
CREATE TEMPORARY VIEW mine AS SELECT * FROM text.`/etc/passwd`
CREATE TEMPORARY VIEW mine USING csv OPTIONS (path '/etc/passwd')
CREATE GLOBAL TEMPORARY VIEW mine USING jdbc OPTIONS (url 'jdbc:postgresql://127.0.0.1/x', dbtable 'hr.employes')
CREATE FUNCTION f AS 'java.lang.Runtime'
CREATE TEMPORARY FUNCTION f AS 'org.apache.hadoop.hive.ql.udf.UDFLower' USING JAR '/tmp/f.jar'
CREATE TEMPORARY FUNCTION f(x INT) RETURNS INT RETURN x + 1
CREATE FUNCTION f() RETURNS TABLE (v STRING) RETURN SELECT * FROM text.`/etc/passwd`
ALTER TABLE gold.kpis ADD COLUMNS (a INT)
ALTER TABLE gold.kpis SET LOCATION '{salaries}'
ALTER TABLE gold.kpis SET TBLPROPERTIES ('a' = 'b')
ALTER VIEW gold.eligibilites AS SELECT 1
COMMENT ON TABLE gold.kpis IS 'mine'
ANALYZE TABLE gold.kpis COMPUTE STATISTICS
REFRESH TABLE gold.kpis
REFRESH '{salaries}'
CACHE TABLE mine AS SELECT * FROM delta.`{salaries}`
UNCACHE TABLE gold.kpis
CLEAR CACHE
LOAD DATA LOCAL INPATH '/etc/passwd' INTO TABLE gold.kpis
MSCK REPAIR TABLE gold.kpis
ADD JAR '/tmp/evil.jar'
ADD FILE '/etc/passwd'
ADD ARCHIVE '/tmp/evil.zip'
LIST FILES
LIST JARS
DECLARE VARIABLE x INT DEFAULT 1
SET VAR x = 1
EXECUTE IMMEDIATE 'DROP TABLE gold.kpis'
BEGIN SELECT 1; DROP TABLE gold.kpis; END
CALL system.run()
EXPLAIN DROP TABLE gold.kpis
EXPLAIN CODEGEN INSERT INTO gold.kpis SELECT * FROM gold.kpis
EXPLAIN SELECT * FROM delta.`{salaries}`
DESCRIBE QUERY SELECT * FROM delta.`{salaries}`
VACUUM gold.kpis RETAIN 0 HOURS
VACUUM '{salaries}'
OPTIMIZE gold.kpis
RESTORE TABLE gold.kpis TO VERSION AS OF 0
DESCRIBE HISTORY gold.kpis
DESCRIBE DETAIL '{salaries}'
DESCRIBE DETAIL gold.kpis
GENERATE symlink_format_manifest FOR TABLE gold.kpis
CONVERT TO DELTA parquet.`{salaries}`
CREATE TABLE gold.mine SHALLOW CLONE gold.kpis
SELECT * FROM delta.`{salaries}`
SELECT * FROM DELTA.`{salaries}@v0`
SELECT * FROM delta.`file:{salaries}` VERSION AS OF 0
SELECT * FROM parquet.`{salaries}`
SELECT * FROM json.`{salaries}/_delta_log`
SELECT * FROM text.`/etc/passwd`
SELECT * FROM csv.`/etc/passwd`
SELECT * FROM binaryFile.`/etc/passwd`
SELECT * FROM `org.apache.spark.sql.execution.datasources.text.TextFileFormat`.`/etc/passwd`
SELECT * FROM spark_catalog.delta.`{salaries}`
SELECT * FROM (SELECT * FROM text.`/etc/passwd`) t
SELECT * FROM gold.kpis, text.`/etc/passwd`
SELECT * FROM gold.kpis WHERE employees IN (SELECT length(value) FROM text.`/etc/passwd`)
SELECT (SELECT max(value) FROM text.`/etc/passwd`)
SELECT * FROM gold.kpis k JOIN LATERAL (SELECT * FROM text.`/etc/passwd`) t
SELECT EXISTS (SELECT 1 FROM text.`/etc/passwd`)
SELECT 1 UNION ALL SELECT value FROM text.`/etc/passwd`
WITH a AS (SELECT * FROM text.`/etc/passwd`) SELECT * FROM a
WITH a AS (WITH b AS (SELECT * FROM text.`/etc/passwd`) SELECT * FROM b) SELECT 1
SELECT 1 FROM gold.kpis ORDER BY (SELECT max(value) FROM text.`/etc/passwd`)
SELECT transform(array(1), x -> (SELECT count(*) FROM text.`/etc/passwd`))
SELECT sum(1) OVER (ORDER BY (SELECT max(value) FROM text.`/etc/passwd`)) FROM gold.kpis
TABLE delta.`{salaries}`
TABLE interne.hr_versions
SELECT * FROM interne.hr_versions
SELECT * FROM gold.`../interne/hr_versions`
SELECT * FROM gold.`{salaries}`
SELECT * FROM IDENTIFIER('delta.`{salaries}`')
SELECT IDENTIFIER('reflect')('java.lang.System', 'getenv', 'HOME')
SELECT * FROM gold.kpis WITH ('path' = '{salaries}')
SELECT * FROM STREAM gold.kpis
SELECT * FROM table_changes('gold.kpis', 0)
SELECT * FROM table_changes_by_path('{salaries}', 0)
SELECT * FROM read_files('/etc/passwd')
SELECT * FROM read_kafka(bootstrapServers => '127.0.0.1:9092')
SELECT * FROM range(1000000000000)
SELECT * FROM stack(2, 1, 2)
SELECT * FROM reflect('java.lang.System', 'getenv')
SELECT reflect('java.lang.System', 'getenv', 'HOME')
SELECT REFLECT('java.lang.System', 'exit', 1)
SELECT builtin.reflect('java.lang.System', 'getenv', 'HOME')
SELECT system.builtin.reflect('java.lang.System', 'getenv', 'HOME')
SELECT try_reflect('java.lang.System', 'getenv', 'HOME')
SELECT java_method('java.lang.System', 'getProperty', 'user.dir')
SELECT * FROM gold.kpis WHERE reflect('java.lang.System', 'getenv', 'HOME') = ''
SELECT count(*) FILTER (WHERE reflect('java.lang.System', 'getenv', 'HOME') = '') FROM gold.kpis
SELECT sum(1) OVER (ORDER BY reflect('java.lang.System', 'getenv', 'HOME')) FROM gold.kpis
SELECT transform(array(1), x -> reflect('java.lang.System', 'getenv', 'HOME'))
SELECT 1 FROM gold.kpis LATERAL VIEW explode(array(reflect('java.lang.System', 'getenv', 'HOME'))) AS a
SELECT 1 GROUP BY reflect('java.lang.System', 'getenv', 'HOME')
SELECT * FROM VALUES (reflect('java.lang.System', 'getenv', 'HOME'))
SELECT input_file_name() FROM gold.kpis
SELECT input_file_block_start() FROM gold.kpis
SELECT _metadata.file_path FROM gold.kpis
SELECT _METADATA.file_path FROM gold.activites
SELECT _metadata.* FROM gold.kpis
SELECT struct(k._METADATA.*) FROM gold.kpis k
SELECT repeat('x', 2000000000)
SELECT lpad('x', 2000000000, 'y')
SELECT space(2000000000)
SELECT sequence(1, 1000000000)
SELECT array_repeat(1, 1000000000)
SELECT from_json('{{}}', 'a INT')
SELECT schema_of_json('[]')
SELECT raise_error('x')
SELECT approx_count_distinct(id, 0.00001) FROM gold.activites
WITH RECURSIVE t (s) AS (SELECT 'a' UNION ALL SELECT s || s FROM t) SELECT length(s) FROM t
SELECT TRANSFORM (employees) USING 'cat /etc/passwd' FROM gold.kpis
SELECT TRANSFORM (employees) USING 'touch {out}' AS (a STRING) FROM gold.kpis
FROM gold.kpis MAP employees USING 'cat' AS a
USE delta
USE global_temp
USE other_catalog
SHOW TABLES IN delta
SHOW SCHEMAS IN other_catalog
SHOW PARTITIONS delta.`{salaries}`
SHOW COLUMNS IN delta.`{salaries}`
SHOW TBLPROPERTIES delta.`{salaries}`
DESCRIBE delta.`{salaries}`
DESCRIBE EXTENDED parquet.`{salaries}`
SHOW CREATE TABLE delta.`{salaries}`
