//! The rules as written: every error at once, with its place.

use crate::common::{House, read};

#[test]
fn every_mistake_is_told_at_once_with_its_place_and_advice() {
    let policy = House::new().company.compiled();
    let text = "\
version: 1
owners: { eprp: [w5] }
requests:
  approvals:
    - { id: a, by: [manager], when: { who: 'departmnt eq \"Sales\"' } }
    - { id: a, quorum: 0 }
    - { id: c, automatic: true, by: [manager], when: { roles: [king] } }
";
    let errors = read(text, &policy).unwrap_err();
    let found: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "governance.yaml:2:11: unknown target `eprp`: expected one of the policy's targets",
            "governance.yaml:5:44: unknown attribute `departmnt`: expected an attribute of the SCIM User, its extensions or `identity_attributes`",
            "governance.yaml:6:7: expected the key `by`, found none",
            "governance.yaml:6:13: the id `a` is used twice",
            "governance.yaml:6:24: expected a quorum of at least `1`, found `0`",
            "governance.yaml:7:33: an automatic rule has no approvers",
            "governance.yaml:7:64: unknown role `king`: expected one of the policy's roles",
        ]
    );
    assert_eq!(errors.iter().nth(1).unwrap().help(), Some("did you mean `department`?"));
    let text = "version: 1\nrequests:\n  approvals:\n    - { id: a, by: [manger], remind: 3bx }\n  violatons: refuse\n";
    let found: Vec<String> = read(text, &policy).unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(
        found[0].starts_with("governance.yaml:4:21: unknown value `manger`: expected one of"),
        "{found:#?}"
    );
}
