use super::*;

fn report() -> Report {
    let mut table = ReportTable::new("A & B", [Column::text("who"), Column::number("n")]);
    table.row(["<script>alert(1)</script>", "1,200"]);
    table.row(["=HYPERLINK(\"x\")", "-3"]);
    table.row(["short"]);
    let bar = Bar { label: "desk".into(), value: 4, marked: 9, text: "4 used".into() };
    Report::new("Seats \"now\"", "2026-03-02T08:00:00Z".parse().unwrap())
        .with_basis("snapshot 0a1b")
        .with_figure("seats", 4)
        .with_chart("Seats", vec![bar])
        .with_chart("nothing", Vec::new())
        .with_table(table)
        .with_table(ReportTable::new("nothing", [Column::text("x")]))
        .with_notes(["a <note> about `x<y`".to_owned(), "one ` alone".to_owned()])
}

/// Every element that was opened and is not empty by its nature is closed, in order.
fn assert_well_formed(html: &str) {
    let mut open: Vec<&str> = Vec::new();
    for tag in html.split('<').skip(1) {
        let inner = tag.split_once('>').unwrap_or_else(|| panic!("`<{tag}` has no end")).0;
        let name = inner.trim_start_matches('/').split([' ', '/', '\n']).next().unwrap();
        match inner {
            _ if inner.starts_with('!') || name == "meta" || inner.ends_with('/') => {}
            _ if inner.starts_with('/') => assert_eq!(open.pop(), Some(name), "</{name}>"),
            _ => open.push(name),
        }
    }
    assert!(open.is_empty(), "not closed: {open:?}");
}

#[test]
fn a_report_is_one_well_formed_file_that_loads_nothing_and_runs_nothing() {
    let html = report().to_html();
    assert_well_formed(&html);
    for word in ["<script", "http://", "https://", " src=", "url(", "@import", "<link", "<iframe", "onerror"]
    {
        assert!(!html.contains(word), "`{word}` in the report");
    }
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(html.contains("<title>Seats &quot;now&quot;</title>"));
    assert!(html.contains("a &lt;note&gt; about <code>x&lt;y</code>") && html.contains("one ` alone"));
    assert!(!html.contains("nothing"), "what has no rows is left out");
}

#[test]
fn tables_and_charts_have_names_for_those_who_do_not_see_them() {
    let html = report().to_html();
    assert!(html.contains("<caption>A &amp; B</caption>") && html.contains("aria-label=\"A &amp; B\""));
    assert!(html.contains("<th scope=\"col\" class=\"number\">n</th>"));
    assert!(html.contains("aria-labelledby=\"chart0\"") && html.contains("id=\"chart0\">Seats</figcaption>"));
    assert!(html.contains("class=\"marked\" width=\"320\""), "a mark is never longer than its bar");
}

#[test]
fn a_table_as_csv_is_harmless_in_a_spreadsheet() {
    assert_eq!(
        report().tables[0].to_csv(),
        "who,n\n<script>alert(1)</script>,\"1,200\"\n\"'=HYPERLINK(\"\"x\"\")\",-3\nshort,\n"
    );
}

#[test]
fn a_report_survives_as_json() {
    let report = report();
    let text = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
}

#[test]
fn amounts_are_grouped() {
    let text = |minor| money(&Money::from_minor(minor, "USD").unwrap());
    assert_eq!(
        (text(690_000), text(-5), text(123_456_789)),
        ("6,900.00 USD".into(), "−0.05 USD".into(), "1,234,567.89 USD".into())
    );
}
