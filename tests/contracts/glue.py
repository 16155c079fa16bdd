"""A small lake in Glue, as somebody else would have declared it: tables by hand, partitions registered."""

DATABASE = "vaccinations"
PLACE = "s3://a-lake/vaccinations/"
SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
COLUMNS = (("iso_code", "string"), ("date", "date"), ("total_vaccinations", "bigint"), ("makers", "array<string>"))


def table(name, columns=COLUMNS, *, keys=(), place=PLACE, **parameters):
    """What CreateTable takes."""
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {key.replace("_", "."): value for key, value in parameters.items()},
        "PartitionKeys": [{"Name": key, "Type": type_} for key, type_ in keys],
        "StorageDescriptor": storage(f"{place}{name}/", columns),
    }


def storage(location, columns=()):
    described = [{"Name": name, "Type": type_} for name, type_ in columns]
    return {"Columns": described, "Location": location, "SerdeInfo": {"SerializationLibrary": SERDE}}


def register(account, name, values, **parameters):
    """Will register a partition by year."""
    described = {"Values": [values], "Parameters": parameters, "StorageDescriptor": storage(f"{PLACE}{name}/{values}/")}
    account.hand("glue").create_partition(DatabaseName=DATABASE, TableName=name, PartitionInput=described)


def fill(account):
    """Will declare `vaccinations`, partitioned by year, and `snapshot`, which isn't."""
    hand = account.hand("glue")
    hand.create_database(DatabaseInput={"Name": DATABASE})
    hand.create_database(DatabaseInput={"Name": "another"})
    by_year = table("vaccinations", keys=(("year", "int"),)) | {"Description": "Doses"}
    by_year["Parameters"] = {"numRows": "60", "totalSize": "300"}
    hand.create_table(DatabaseName=DATABASE, TableInput=by_year)
    for year, size in (("2022", "200"), ("2021", "100")):
        register(account, "vaccinations", year, totalSize=size, numRows="30")
    hand.create_table(DatabaseName=DATABASE, TableInput=table("snapshot", (("Revision", "varchar(12)"),)))
