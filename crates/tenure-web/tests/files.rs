//! Every kind of report as the files that it is written to: one page, one document of JSON, tables of CSV.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "../../tenure-governance/tests/common/mod.rs"]
mod common;
mod reports;

use tenure_engine::report::Report;

#[tokio::test]
async fn every_report_is_one_page_of_html_one_document_of_json_and_a_file_of_csv_for_each_table() {
    let all = reports::all().await;
    for kind in ["plan", "person", "review", "seats", "renewal", "findings", "pilot"] {
        assert!(all.iter().any(|(name, _)| *name == kind), "{kind}");
    }
    for (name, report) in all {
        assert!(!report.tables.is_empty(), "{name}");
        let html = report.to_html();
        for needed in ["<!doctype html>", "prefers-color-scheme: dark", "@media print"] {
            assert!(html.to_lowercase().contains(needed), "{name}: no {needed}");
        }
        for outside in ["http://", "https://", "<script", " src=", "<link", "@import", "url(", "<iframe"] {
            assert!(!html.contains(outside), "{name}: {outside}");
        }
        let text = serde_json::to_string_pretty(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report, "{name}");
        for table in &report.tables {
            let (csv, title) = (table.to_csv(), &table.title);
            let mut lines = csv.lines();
            let heads: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
            assert_eq!(lines.next().unwrap(), heads.join(","), "{name}: {title}");
            assert_eq!(lines.count(), table.rows.len(), "{name}: {title}");
            assert!(table.rows.iter().all(|row| row.len() == heads.len()), "{name}: {title}");
        }
    }
}
