use tenure_connector::{CheckReport, ObjectClass, OperationKind, Result, Support};

use crate::connector::LdapConnector;
use crate::entry::Entry;
use crate::link::wrong;
use crate::session::{Search, Session};
use crate::{Follow, value};

const ASSERTION: &str = "1.3.6.1.1.12";
const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
const PASSWORD_MODIFY: &str = "1.3.6.1.4.1.4203.1.11.1";
const SYNC: &str = "1.3.6.1.4.1.4203.1.9.1.1";

/// Looks at what the server says of itself, and whether the places of the configuration are there.
pub(crate) async fn check(connector: &LdapConnector, session: &Session) -> Result<CheckReport> {
    let mut report = CheckReport::ok(connector.capabilities_now());
    let root = root(session).await?;
    report.system_version = version(&root);
    let controls = |oid: &str| root.texts("supportedControl").any(|own| own == oid);
    if !controls(PAGED_RESULTS) {
        return Err(wrong("the server does not offer paged results (RFC 2696)"));
    }
    let dialect = &connector.model.dialect;
    let mut lost = Vec::new();
    if dialect.follow == Follow::Syncrepl && !controls(SYNC) {
        report.warnings.push("changes cannot be followed: the syncprov overlay is not there".to_owned());
        report.capabilities.classes.values_mut().for_each(|class| class.changes = None);
    }
    let extended = root.texts("supportedExtension").any(|own| own == PASSWORD_MODIFY);
    if !dialect.active_directory && !extended {
        lost = vec![OperationKind::SetCredential, OperationKind::RotateCredential];
        report
            .warnings
            .push("passwords cannot be set: the server has no password modify operation".to_owned());
    }
    for class in report.capabilities.classes.values_mut() {
        class.operations.retain(|kind, _| !lost.contains(kind));
        for support in class.operations.values_mut() {
            if let Support::Supported(support) = support {
                support.locking &= controls(ASSERTION);
            }
        }
    }
    for class in [ObjectClass::USER, ObjectClass::GROUP] {
        let Ok((shape, _)) = connector.model.shape(&class) else { continue };
        for base in connector.model.bases(&class) {
            let search = Search::below(&base, shape.filter.clone(), connector.model.identity());
            let search = search.on_active_directory(dialect.active_directory);
            let found = session.page(&search, 1, Vec::new()).await?;
            if let Some(entry) = found.entries.first()
                && connector.model.id(entry).is_none()
            {
                let warning =
                    format!("`{}` shows no `{}`, so nothing can be told apart", entry.dn, dialect.id);
                report.warnings.push(warning);
            }
        }
    }
    Ok(report)
}

/// What the server says of itself.
pub(crate) async fn root(session: &Session) -> Result<Entry> {
    let attributes = ["+", "*"].into_iter().map(str::to_owned).collect();
    let found = session.few(&Search::entry("", "(objectClass=*)", attributes)).await?;
    Ok(found.into_iter().next().unwrap_or_default())
}

fn version(root: &Entry) -> Option<String> {
    let named = match (root.text("vendorName"), root.text("vendorVersion")) {
        (Some(name), Some(version)) => Some(format!("{name} {version}")),
        (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
        (None, None) => None,
    };
    let level =
        || root.text("domainControllerFunctionality").map(|level| format!("domain controller level {level}"));
    let open = || root.has("objectClass", "OpenLDAProotDSE").then(|| "OpenLDAP".to_owned());
    named.or_else(level).or_else(open).map(|text| value::one_line(&text))
}
