use std::path::PathBuf;

use tenure_connector::record::{WorkerRecord, WorkloadRecord};
use tenure_connector::{Connector, Context, ListQuery, ObjectClass, Page, Result};

use super::*;

fn page_with(
    name: &str,
    text: &[u8],
    class: ObjectClass,
    config: impl FnOnce(&mut CsvSourceConfig),
) -> Result<Page> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    std::fs::write(&path, text).unwrap();
    let mut settings = match class == ObjectClass::WORKER {
        true => CsvSourceConfig::workers(&path),
        false => CsvSourceConfig::default().with_services(&path),
    };
    config(&mut settings);
    let source = CsvSource::new(settings).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(source.list(&Context::new("test"), &ListQuery::new(class)))
}

fn workers(text: &str) -> Result<Page> {
    page_with("workers.csv", text.as_bytes(), ObjectClass::WORKER, |_| {})
}

const HEADER: &str = "workerId,engagementId,givenName,familyName,startDate,endDate,timeZone,leaveType,leaveFrom,leaveUntil,primary,status";

fn rejected(row: &str) -> (String, Option<String>) {
    let page = workers(&format!("{HEADER}\nW0,E0,Zoë,Berg,2020-01-01,,,,,,,\n{row}\n")).unwrap();
    assert_eq!(page.items.len(), 1, "the good row is read: {row}");
    assert!(!page.complete, "an unread row is no leaver: {row}");
    let [item] = page.rejected.as_slice() else { panic!("one rejected row: {:?}", page.rejected) };
    (item.to_string(), item.help.clone())
}

#[test]
fn each_wrong_cell_is_told_with_its_place_and_a_way_out() {
    let check = |row: &str, message: &str, help: Option<&str>| {
        assert_eq!(rejected(row), (message.to_owned(), help.map(str::to_owned)));
    };
    check(",E1,A,B,2020-01-01,,,,,,,", "workers.csv:3:1: expected a value for `workerId`, found ``", None);
    check("W1,E1,A,B,,,,,,,,", "workers.csv:3:11: expected a date for `startDate`, found ``", None);
    check(
        "W1,E1,A,B,2026-02-30,,,,,,,",
        "workers.csv:3:11: expected a date as YYYY-MM-DD, found `2026-02-30`",
        Some("month 2 of 2026 has 28 days"),
    );
    check(
        "W1,E1,A,B,01.02.2026,,,,,,,",
        "workers.csv:3:11: expected a date as YYYY-MM-DD, found `01.02.2026`",
        Some("set `dates` to [\"%d.%m.%Y\"] for this way of writing"),
    );
    check(
        "W1,E1,A,B,2026-02-01,2026-01-31,,,,,,",
        "workers.csv:3:22: expected a day not before 2026-02-01, found `2026-01-31`",
        None,
    );
    check(
        "W1,E1,A,B,2026-02-01,,Europe/Berln,,,,,",
        "workers.csv:3:23: expected an IANA time zone, found `Europe/Berln`",
        Some("did you mean `Europe/Berlin`?"),
    );
    check(
        "W1,E1,A,B,2026-02-01,,,Parental,,,,",
        "workers.csv:3:24: expected a `leaveFrom` with it, found `Parental`",
        None,
    );
    check(
        "W1,E1,A,B,2026-02-01,,,,,,maybe,",
        "workers.csv:3:27: expected true or false, found `maybe`",
        None,
    );
    check(
        "W1,E1,A,B,2026-02-01,,,,,,,gone",
        "workers.csv:3:28: expected active, rescinded or terminated, found `gone`",
        None,
    );
    check(
        "W1,E0,A,B,2026-02-01,,,,,,,",
        "workers.csv:3:4: expected a `engagementId` that no other row has, found `E0`",
        Some("the first row with it is at workers.csv:2:4"),
    );
    check(
        "W1,E1,A,B",
        "workers.csv:3: expected 12 cells, as the header has, found `4 cells`",
        Some("put a cell that contains the separator into double quotes"),
    );
}

#[test]
fn a_misspelt_missing_or_repeated_column_refuses_the_file() {
    let check = |header: &str, message: &str, help: Option<&str>| {
        let error = workers(&format!("{header}\nx,x,x,x,x\n")).unwrap_err();
        assert_eq!((error.detail(), error.help()), (message, help));
    };
    check(
        "workerId,givenName,familyName,startDate,deparment",
        "workers.csv:1:41: expected a known column, found `deparment`",
        Some("did you mean `department`? Otherwise name it under `keep` or `ignore`"),
    );
    check(
        "workerId,givenName,title,startDate,team",
        "workers.csv:1: expected a column `familyName`, found none",
        Some("when it has another name, say so: columns: { Name: familyName }"),
    );
    check(
        "workerId,givenName,familyName,startDate,hire date",
        "workers.csv:1:41: expected one column `startDate`, found a second",
        None,
    );
}

#[test]
fn a_row_with_everything_becomes_a_full_record() {
    let text = "Mitarbeiter;workerType;first_name;last name;Start;leaveType;leaveStart;leaveEnd;badge;noise\n\
                W1;Contractor;Zo\u{eb};O'Brien;31.01.2026;Parental;01.03.2026;30.06.2026;77;x\n";
    let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let page = page_with("workers.csv", &bytes, ObjectClass::WORKER, |config| {
        config.encoding = Some("windows-1252".into());
        config.dates = vec!["%d.%m.%Y".into()];
        config.columns =
            [("Mitarbeiter", "workerId"), ("Start", "startDate")].map(|(a, b)| (a.into(), b.into())).into();
        config.keep = ["badge".to_owned()].into();
        config.ignore = ["noise".to_owned()].into();
    });
    let page = page.unwrap();
    assert!(page.complete);
    let record = WorkerRecord::try_from(&page.items[0].resource).unwrap();
    assert_eq!((record.given_name.as_str(), record.engagement_type.as_str()), ("Zoë", "Contractor"));
    assert_eq!(
        (record.engagement_id.as_str(), record.start_date.to_string()),
        ("W1", "2026-01-31".to_owned())
    );
    assert_eq!(record.leaves[0].until.unwrap().to_string(), "2026-06-30");
    assert_eq!(record.extra, [("badge".to_owned(), "77".to_owned())].into());
}

#[test]
fn services_are_read_from_csv_and_json_alike() {
    let csv = "workloadId,name,ownerId,purpose,scope,expires,last rotated,reviewed\nS1,Bot,W1,Answers,desk/role:agent; erp/role:view,2026-12-31,2026-03-01,2026-02-01\n";
    let json = r#"[{"workloadId": "S1", "name": "Bot", "ownerId": "W1", "purpose": "Answers",
                    "scope": ["desk/role:agent", "erp/role:view"], "expires": "2026-12-31", "rotated": "2026-03-01", "reviewed": "2026-02-01"}]"#;
    let read = |name: &str, text: &str| {
        let page = page_with(name, text.as_bytes(), ObjectClass::WORKLOAD, |_| {}).unwrap();
        assert!(page.complete, "{:?}", page.rejected);
        WorkloadRecord::try_from(&page.items[0].resource).unwrap()
    };
    let record = read("services.csv", csv);
    assert_eq!(record.scope.len(), 2);
    assert_eq!(
        record.rotated.zip(record.reviewed).map(|(a, b)| (a.to_string(), b.to_string())),
        Some(("2026-03-01".to_owned(), "2026-02-01".to_owned()))
    );
    assert_eq!(read("services.json", json), record);
}

#[test]
fn an_export_proves_that_it_is_whole_or_says_why_not() {
    let good = format!("{HEADER}\nW0,E0,Zoë,Berg,2020-01-01,,,,,,,\n");
    let check = |text: &str, completeness: Completeness, expected: Option<&str>| {
        let page = page_with("workers.csv", text.as_bytes(), ObjectClass::WORKER, |config| {
            config.completeness = completeness
        });
        let page = page.unwrap();
        assert_eq!(page.complete, expected.is_none(), "{text}");
        assert_eq!(page.rejected.first().map(ToString::to_string).as_deref(), expected);
    };
    check(&good, Completeness::WholeFile, None);
    check("", Completeness::WholeFile, Some("workers.csv: expected at least one row, found `0 rows`"));
    check(
        &format!("{HEADER}\n"),
        Completeness::WholeFile,
        Some("workers.csv: expected at least one row, found `0 rows`"),
    );
    check(&good, Completeness::AtLeast(40), Some("workers.csv: expected at least 40 rows, found `1 rows`"));
    check(
        &good,
        Completeness::CountFile,
        Some("workers.csv: expected a file `workers.csv.count` with the number of rows, found `1 rows`"),
    );
    check(
        good.trim_end(),
        Completeness::WholeFile,
        Some(
            "workers.csv:2: expected a line break at the end of the file, found `W0,E0,Zoë,Berg,2020-01-01,,,,,,,`",
        ),
    );
    let page = page_with("workers.csv", good.as_bytes(), ObjectClass::WORKER, |config| {
        config.completeness = Completeness::CountFile;
        let path: PathBuf = format!("{}.count", config.workers.clone().unwrap().display()).into();
        std::fs::write(path, "1\n").unwrap();
    });
    assert!(page.unwrap().complete);
}

#[test]
fn the_sample_export_of_the_repository_is_whole() {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../examples/data");
    let config = CsvSourceConfig::workers(data.join("workers.csv")).with_services(data.join("services.csv"));
    let source = CsvSource::new(config).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for class in [ObjectClass::WORKER, ObjectClass::WORKLOAD] {
        let page = runtime.block_on(source.list(&Context::new("test"), &ListQuery::new(class))).unwrap();
        assert!(page.complete && page.items.len() > 2, "{:?}", page.rejected);
    }
}
