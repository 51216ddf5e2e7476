//! Full RFC 7643 style User with the enterprise extension (about 2.5 KB) and big groups.
use crate::Rng;
use serde_json::{json, Value};

pub const ENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const DEPTS: [&str; 40] = [
    "Engineering",
    "Platform",
    "Security",
    "Finance",
    "Treasury",
    "Tax",
    "Legal",
    "HR",
    "Talent",
    "Payroll",
    "Sales EMEA",
    "Sales AMER",
    "Sales APAC",
    "Marketing",
    "Brand",
    "Support",
    "Field Ops",
    "Facilities",
    "IT",
    "IT Service Desk",
    "Data",
    "Research",
    "Quality",
    "Manufacturing",
    "Logistics",
    "Procurement",
    "Risk",
    "Audit",
    "Compliance",
    "Strategy",
    "Product",
    "Design",
    "Localization",
    "Partners",
    "Consulting",
    "Training",
    "Health",
    "Safety",
    "Executive",
    "Contract Staff",
];
pub const ROLES: [&str; 25] = [
    "Engineer",
    "Analyst",
    "Manager",
    "Director",
    "Specialist",
    "Administrator",
    "Architect",
    "Accountant",
    "Counsel",
    "Recruiter",
    "Designer",
    "Consultant",
    "Technician",
    "Scientist",
    "Coordinator",
    "Buyer",
    "Auditor",
    "Planner",
    "Trainer",
    "Nurse",
    "Officer",
    "Clerk",
    "Operator",
    "Producer",
    "Intern",
];
pub const PREFIX: [&str; 4] = ["", "Senior ", "Lead ", "Principal "];
pub const CITIES: [(&str, &str, &str); 30] = [
    ("London", "GB", "ENG"),
    ("Leeds", "GB", "ENG"),
    ("Paris", "FR", "IDF"),
    ("Lyon", "FR", "ARA"),
    ("Berlin", "DE", "BE"),
    ("Munich", "DE", "BY"),
    ("Madrid", "ES", "MD"),
    ("Rome", "IT", "RM"),
    ("Vienna", "AT", "W"),
    ("Zurich", "CH", "ZH"),
    ("New York", "US", "NY"),
    ("Chicago", "US", "IL"),
    ("Austin", "US", "TX"),
    ("Hollywood", "US", "CA"),
    ("Seattle", "US", "WA"),
    ("Toronto", "CA", "ON"),
    ("Montreal", "CA", "QC"),
    ("Tokyo", "JP", "13"),
    ("Osaka", "JP", "27"),
    ("Sydney", "AU", "NSW"),
    ("Perth", "AU", "WA"),
    ("Singapore", "SG", "01"),
    ("Mumbai", "IN", "MH"),
    ("Pune", "IN", "MH"),
    ("Lisbon", "PT", "11"),
    ("Dublin", "IE", "L"),
    ("Warsaw", "PL", "MZ"),
    ("Prague", "CZ", "10"),
    ("Oslo", "NO", "03"),
    ("Stockholm", "SE", "AB"),
];
pub const TYPES: [&str; 4] = ["Employee", "Contractor", "Intern", "External"];
const GIVEN: [&str; 24] = [
    "Barbara", "Anna", "Jose", "Wei", "Amina", "Olu", "Priya", "Kenji", "Marta", "Ivan", "Chloe", "Zoe",
    "Liam", "Noah", "Mia", "Ewa", "Jan", "Lena", "Omar", "Sara", "Tom", "Uma", "Vera", "Yan",
];
const FAMILY: [&str; 26] = [
    "Jensen", "Smith", "Garcia", "Wang", "Okafor", "Novak", "Kowalska", "Sato", "Singh", "Rossi", "Muller",
    "Dubois", "Silva", "Larsen", "Berg", "Costa", "Haas", "Ito", "Kim", "Lopez", "Moreau", "Nagy", "Ortiz",
    "Popov", "Reyes", "Tanaka",
];

pub fn uuid(r: &mut Rng) -> String {
    let (a, b) = (r.next(), r.next());
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        a >> 32,
        (a >> 16) & 0xffff,
        a & 0xfff,
        b >> 52,
        b & 0xffff_ffff_ffff
    )
}

pub fn user(i: u64) -> Value {
    let mut r = Rng::new(i.wrapping_add(1));
    let r = &mut r;
    let (given, family) = (*r.pick(&GIVEN), *r.pick(&FAMILY));
    let (city, country, region) = *r.pick(&CITIES);
    let dept = *r.pick(&DEPTS);
    let utype = TYPES[[0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3][r.below(11) as usize]];
    let title = format!("{}{}", r.pick(&PREFIX), r.pick(&ROLES));
    let id = uuid(r);
    let login = format!("{}.{}{}", given.to_lowercase(), family.to_lowercase(), i);
    let active = r.pct(92);
    let emp = 700_000 + i;
    let groups: Vec<Value> = (0..3)
        .map(|_| {
            let g = uuid(r);
            json!({"value": g, "$ref": format!("https://example.com/v2/Groups/{g}"), "display": format!("{} {}", r.pick(&DEPTS), r.pick(&["Users", "Admins", "Readers"]))})
        })
        .collect();
    let mgr = uuid(r);
    let yr = 2015 + r.below(11);
    let (mo, dy) = (1 + r.below(12), 1 + r.below(28));
    json!({
        "schemas": [CORE, ENT],
        "id": id,
        "externalId": format!("hr-{emp}"),
        "userName": format!("{login}@example.com"),
        "name": {"formatted": format!("Ms. {given} J {family}, III"), "familyName": family, "givenName": given, "middleName": "Jane", "honorificPrefix": "Ms.", "honorificSuffix": "III"},
        "displayName": format!("{given} {family}"),
        "nickName": given,
        "profileUrl": format!("https://login.example.com/{login}"),
        "emails": [
            {"value": format!("{login}@{}", if r.pct(70) { "example.com" } else { "corp.example.org" }), "type": "work", "primary": true},
            {"value": format!("{}{}@home.example.net", given.to_lowercase(), i), "type": "home"}],
        "addresses": [
            {"streetAddress": format!("{} Universal City Plaza", 1 + r.below(999)), "locality": city, "region": region, "postalCode": format!("{:05}", r.below(99999)), "country": country, "formatted": format!("100 Universal City Plaza\n{city}, {region} {country}"), "type": "work", "primary": true},
            {"streetAddress": "456 Hollywood Blvd", "locality": "Hollywood", "region": "CA", "postalCode": "91608", "country": "US", "formatted": "456 Hollywood Blvd\nHollywood, CA 91608 USA", "type": "home"}],
        "phoneNumbers": [{"value": format!("555-555-{:04}", r.below(9999)), "type": "work"}, {"value": format!("555-123-{:04}", r.below(9999)), "type": "mobile"}],
        "ims": [{"value": format!("{login}im"), "type": "aim"}],
        "photos": [{"value": format!("https://photos.example.com/profilephoto/{i}/F"), "type": "photo"}, {"value": format!("https://photos.example.com/profilephoto/{i}/T"), "type": "thumbnail"}],
        "userType": utype,
        "title": title,
        "preferredLanguage": "en-US",
        "locale": "en-US",
        "timezone": "America/Los_Angeles",
        "active": active,
        "groups": groups,
        ENT: {"employeeNumber": format!("{emp}"), "costCenter": format!("{}", 4100 + r.below(60)), "organization": "Universal Studios", "division": *r.pick(&["Theme Park", "Studio", "Media", "Corporate"]), "department": dept,
              "manager": {"value": mgr, "$ref": format!("https://example.com/v2/Users/{mgr}"), "displayName": "John Smith"}},
        "meta": {"resourceType": "User", "created": format!("{yr}-{mo:02}-{dy:02}T18:29:49Z"), "lastModified": format!("2025-{mo:02}-{dy:02}T18:29:49Z"), "version": format!("W/\"a330bc54f0671c{}\"", i % 997), "location": format!("https://example.com/v2/Users/{id}")}
    })
}

pub fn group(n: u64) -> Value {
    let mut r = Rng::new(0xABCD);
    let members: Vec<Value> = (0..n)
        .map(|k| {
            let u = uuid(&mut r);
            json!({"value": u, "$ref": format!("https://example.com/v2/Users/{u}"), "display": format!("User Number {k}")})
        })
        .collect();
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "id": "e9e30dba-f08f-4109-8486-d5c6a331660a",
        "displayName": "All Staff",
        "members": members,
        "meta": {"resourceType": "Group", "created": "2010-01-23T04:56:22Z", "lastModified": "2011-05-13T04:42:34Z", "version": "W/\"3694e05e9dff592\"", "location": "https://example.com/v2/Groups/e9e30dba-f08f-4109-8486-d5c6a331660a"}
    })
}
