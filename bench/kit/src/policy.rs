//! 200 birthright rules over nine attributes, 100,000 identities, ten attribute mappings.
use crate::user::{CITIES, DEPTS, PREFIX, ROLES, TYPES};
use crate::Rng;
use serde::Serialize;

pub const NRULES: usize = 200;
pub const NENTS: usize = 300;

#[derive(Clone, Serialize)]
pub struct Identity {
    pub department: String,
    pub title: String,
    pub location: String,
    pub country: String,
    #[serde(rename = "employeeType")]
    pub employee_type: String,
    #[serde(rename = "costCenter")]
    pub cost_center: String,
    pub level: i64,
    pub active: bool,
    pub given: String,
    pub family: String,
    pub number: i64,
}

#[derive(Clone, Debug, Serialize)]
pub enum Cond {
    Eq(Attr, String),
    Ne(Attr, String),
    In(Attr, Vec<String>),
    Sw(Attr, String),
    LevelGe(i64),
    Active,
}
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub enum Attr {
    Department,
    Title,
    Location,
    Country,
    EmployeeType,
    CostCenter,
}
impl Attr {
    pub fn name(self) -> &'static str {
        match self {
            Attr::Department => "department",
            Attr::Title => "title",
            Attr::Location => "location",
            Attr::Country => "country",
            Attr::EmployeeType => "employeeType",
            Attr::CostCenter => "costCenter",
        }
    }
    pub fn get(self, i: &Identity) -> &str {
        match self {
            Attr::Department => &i.department,
            Attr::Title => &i.title,
            Attr::Location => &i.location,
            Attr::Country => &i.country,
            Attr::EmployeeType => &i.employee_type,
            Attr::CostCenter => &i.cost_center,
        }
    }
}
#[derive(Clone, Debug, Serialize)]
pub struct Rule {
    pub conds: Vec<Cond>,
    pub grants: Vec<u16>,
}

pub fn identities(n: usize) -> Vec<Identity> {
    let mut r = Rng::new(0x1D);
    (0..n)
        .map(|i| {
            let c = *r.pick(&CITIES);
            Identity {
                department: r.pick(&DEPTS).to_string(),
                title: format!("{}{}", r.pick(&PREFIX), r.pick(&ROLES)),
                location: c.0.into(),
                country: c.1.into(),
                employee_type: TYPES[[0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3][r.below(11) as usize]].into(),
                cost_center: format!("{}", 4100 + r.below(60)),
                level: 1 + r.below(12) as i64,
                active: r.pct(93),
                given: ["Barbara", "Jose", "Wei", "Amina", "Kenji"][r.below(5) as usize].into(),
                family: ["Jensen", "Okafor", "Novak", "Sato", "O'Neil"][r.below(5) as usize].into(),
                number: 700_000 + i as i64,
            }
        })
        .collect()
}

pub fn rules() -> Vec<Rule> {
    let mut r = Rng::new(0x2B);
    (0..NRULES)
        .map(|_| {
            let r = &mut r;
            let mut conds = vec![];
            if r.pct(95) {
                conds.push(Cond::Active)
            }
            if r.pct(80) {
                conds.push(if r.pct(70) {
                    Cond::Eq(Attr::Department, r.pick(&DEPTS).to_string())
                } else {
                    Cond::In(Attr::Department, (0..3).map(|_| r.pick(&DEPTS).to_string()).collect())
                });
            }
            if r.pct(30) {
                conds.push(match r.below(3) {
                    0 => Cond::Eq(Attr::Location, r.pick(&CITIES).0.into()),
                    1 => Cond::In(Attr::Location, (0..4).map(|_| r.pick(&CITIES).0.into()).collect()),
                    _ => Cond::In(Attr::Country, (0..4).map(|_| r.pick(&CITIES).1.into()).collect()),
                });
            }
            if r.pct(50) {
                conds.push(if r.pct(60) {
                    Cond::Eq(Attr::EmployeeType, r.pick(&TYPES[..2]).to_string())
                } else {
                    Cond::Ne(Attr::EmployeeType, "External".into())
                })
            }
            if r.pct(20) {
                conds.push(Cond::Sw(Attr::Title, r.pick(&["Senior ", "Lead ", "Principal "]).to_string()))
            } else if r.pct(20) {
                conds.push(Cond::Eq(Attr::Title, r.pick(&ROLES).to_string()))
            }
            if r.pct(25) {
                conds.push(Cond::LevelGe(3 + r.below(8) as i64))
            }
            if r.pct(8) {
                conds.push(Cond::Sw(Attr::CostCenter, "41".to_string() + &r.below(6).to_string()))
            }
            if conds.is_empty() {
                conds.push(Cond::Active)
            }
            let grants = (0..1 + r.below(4)).map(|_| r.below(NENTS as u64) as u16).collect();
            Rule { conds, grants }
        })
        .collect()
}

pub fn holds(c: &Cond, i: &Identity) -> bool {
    match c {
        Cond::Eq(a, v) => a.get(i) == v,
        Cond::Ne(a, v) => a.get(i) != v,
        Cond::In(a, vs) => {
            let x = a.get(i);
            vs.iter().any(|v| v == x)
        }
        Cond::Sw(a, v) => a.get(i).starts_with(v.as_str()),
        Cond::LevelGe(n) => i.level >= *n,
        Cond::Active => i.active,
    }
}

/// Renders a rule as an expression of a peer's language.
pub fn expr(rule: &Rule, f: &dyn Fn(&Cond) -> String, and: &str) -> String {
    rule.conds.iter().map(f).collect::<Vec<_>>().join(and)
}
