//! The 20 filters to parse; the five to evaluate.
/// (filter, kind). All are legal by RFC 7644 figure 1.
pub const FILTERS: [&str; 20] = [
    r#"userName eq "barbara.jensen17@example.com""#,
    r#"externalId eq "hr-700123""#,
    r#"id eq "2819c223-7f76-453a-919d-413861904646""#,
    r#"active eq true"#,
    r#"title pr"#,
    r#"name.familyName co "O'Malley""#,
    r#"userName sw "J""#,
    r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#,
    r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
    r#"meta.lastModified ge "2025-06-01T00:00:00Z" and meta.lastModified lt "2025-07-01T00:00:00Z""#,
    r#"title pr and userType eq "Employee""#,
    r#"title pr or userType eq "Intern""#,
    r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
    r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
    r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
    r#"userType eq "Employee" and (emails.type eq "work")"#,
    r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
    r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
    r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "Engineering" and urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber sw "70""#,
    r#"active eq true and (urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "26118915-6090-4610-87e4-49d8ca9f808d" or title sw "Senior") and not (userType eq "Contractor") and addresses[type eq "work" and country eq "US"]"#,
];

/// Evaluated over 100,000 users. Values are given in the stored case, so a peer
/// that compares case-exactly still counts the same.
pub const EVAL: [(&str, &str); 5] = [
    ("eq", r#"userName eq "sara.reyes70001@example.com""#),
    (
        "complex",
        r#"active eq true and (userType eq "Employee" or userType eq "Contractor") and not (title co "Intern")"#,
    ),
    ("valuepath", r#"emails[type eq "work" and value ew "@example.com"]"#),
    (
        "urn",
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "Engineering" and title sw "Senior""#,
    ),
    (
        "mixed",
        r#"active eq true and (title sw "Senior" or title sw "Lead") and not (userType eq "Contractor") and addresses[type eq "work" and country eq "US"]"#,
    ),
];
