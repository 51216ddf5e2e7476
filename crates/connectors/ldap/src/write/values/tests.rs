use url::Url;

use super::*;
use crate::model::Model;
use crate::{Flavour, LdapConfig};

fn model() -> Model {
    let url = Url::parse("ldapi:///").unwrap();
    Model::new(&LdapConfig::new(url, Flavour::OpenLdap, "ou=p,dc=x").with_groups("ou=g,dc=x")).unwrap()
}

fn user(json: &str) -> Resource {
    json.parse().unwrap()
}

fn texts(values: &Values, name: &str) -> Vec<String> {
    values.get(name).cloned().unwrap_or_default()
}

#[test]
fn the_user_name_stands_in_for_what_a_person_must_have() {
    let model = model();
    let shape = &model.dialect.people;
    let anna = user(r#"{"userName": "anna", "name": {"familyName": "Ü"}}"#);
    let values = values(&model.people, shape, &anna).unwrap();
    assert_eq!((texts(&values, "sn"), texts(&values, "cn")), (vec!["Ü".to_owned()], vec!["anna".to_owned()]));
    assert_eq!(naming(&model.people, &values), Some("anna"));
}

#[test]
fn a_type_without_an_attribute_is_refused() {
    let model = model();
    let shape = &model.dialect.people;
    let phones = |kind| {
        let text = format!(r#"{{"userName": "a", "phoneNumbers": [{{"value": "1", "type": "{kind}"}}]}}"#);
        values(&model.people, shape, &user(&text))
    };
    assert_eq!(texts(&phones("Work").unwrap(), "telephoneNumber"), ["1"]);
    let error = phones("fax").unwrap_err();
    assert_eq!(error.detail(), "expected the type mobile or work, found `fax`");
    let error = values(&model.people, shape, &user(r#"{"userName": "a", "externalId": "7"}"#)).unwrap_err();
    assert_eq!(error.attributes().collect::<Vec<_>>(), ["externalId"]);
}

#[test]
fn only_what_differs_is_sent() {
    let model = model();
    let entry = Entry::made(
        "uid=anna,ou=p,dc=x",
        &[
            ("uid", &["other", "anna"]),
            ("mail", &["a@x", "b@x"]),
            ("cn", &["Anna", "Annie"]),
            ("title", &["Agent"]),
        ],
    );
    let from = current(&model.people, &entry);
    assert_eq!(texts(&from, "uid"), ["anna"], "the value in the name, not the first one");
    let mut to = from.clone();
    to.insert("mail".to_owned(), vec!["b@x".to_owned(), "c@x".to_owned()]);
    to.insert("cn".to_owned(), vec!["Anne".to_owned()]);
    to.insert("title".to_owned(), Vec::new());
    let set = |texts: &[&str]| texts.iter().map(|text| bytes(text)).collect();
    assert_eq!(
        changes(&model.people, &entry, &from, &to),
        vec![
            Mod::Delete(bytes("cn"), set(&["Anna"])),
            Mod::Add(bytes("cn"), set(&["Anne"])),
            Mod::Delete(bytes("mail"), set(&["a@x"])),
            Mod::Add(bytes("mail"), set(&["c@x"])),
            Mod::Replace(bytes("title"), set(&[])),
        ]
    );
}
