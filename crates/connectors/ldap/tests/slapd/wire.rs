//! How much goes over the wire.

use std::collections::HashSet;

use tenure_connector::Connector as _;
use tenure_connector_ldap::LdapConnector;

use crate::proxy::Proxy;
use crate::server::{Place, add_group, add_user, apply, ctx, dn, grant, revoke};

#[tokio::test]
async fn one_member_more_or_less_does_not_send_the_group() {
    let Some(place) = Place::new().await else { return };
    let proxy = Proxy::start(&place.server.plain);
    let connector = LdapConnector::new(place.plain(proxy.port())).unwrap();
    let (anna, staff) = (add_user(&connector, "anna").await, add_group(&connector, "Staff").await);
    let many: HashSet<String> =
        (0..5_000).map(|at| format!("uid=someone-{at},{}", place.under("People"))).collect();
    let mut admin = place.server.admin().await;
    let filled = ldap3::Mod::Add("member".to_owned(), many);
    admin.modify(dn(&staff), vec![filled]).await.unwrap().success().unwrap();
    connector.check(&ctx()).await.unwrap();
    proxy.take_bytes();
    for operation in
        [grant(&anna, &staff), grant(&anna, &staff), revoke(&anna, &staff), revoke(&anna, &staff)]
    {
        apply(&connector, operation).await.unwrap();
    }
    let (sent, received) = proxy.take_bytes();
    assert!(sent < 8_000 && received < 8_000, "sent {sent}, received {received} bytes for four changes");
}
