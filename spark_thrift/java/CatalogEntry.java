import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.catalyst.TableIdentifier;
import org.apache.spark.sql.catalyst.catalog.CatalogStorageFormat;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.catalog.CatalogTableType;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.types.StructType;
import scala.Option;

/** Names a Delta table in a session's catalog, as CREATE TABLE does after it has read the table's log: a fifth of this server's start. */
public final class CatalogEntry {
  private CatalogEntry() {}

  /** Queries take their columns from the log; `columns`, in DDL, are those that GetColumns tells. */
  public static void add(SparkSession session, String schema, String table, String location, String columns, String comment) {
    CatalogStorageFormat none = CatalogStorageFormat.empty();
    CatalogStorageFormat storage =
        new CatalogStorageFormat(
            Option.apply(new Path(location).toUri()), none.inputFormat(), none.outputFormat(), none.serde(), none.compressed(), none.properties(), none.serdeName());
    CatalogTable entry =
        new CatalogTable(
            new TableIdentifier(table, Option.apply(schema), Option.apply("spark_catalog")),
            CatalogTableType.EXTERNAL(),
            storage,
            StructType.fromDDL(columns),
            Option.apply("delta"),
            CatalogTable.apply$default$6(),
            CatalogTable.apply$default$7(),
            CatalogTable.apply$default$8(),
            CatalogTable.apply$default$9(),
            CatalogTable.apply$default$10(),
            CatalogTable.apply$default$11(),
            CatalogTable.apply$default$12(),
            CatalogTable.apply$default$13(),
            CatalogTable.apply$default$14(),
            Option.apply(comment),
            CatalogTable.apply$default$16(),
            CatalogTable.apply$default$17(),
            CatalogTable.apply$default$18(),
            CatalogTable.apply$default$19(),
            CatalogTable.apply$default$20(),
            CatalogTable.apply$default$21(),
            CatalogTable.apply$default$22());
    session.sharedState().externalCatalog().createTable(entry, false);
  }
}
