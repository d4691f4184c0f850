//! The forms of discovery.

use bytes::Bytes;
use http::Method;

use super::Script;
use crate::differential::bodies::comparable;

const DISCOVERY: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// The groups differ in what else a real server has.
pub(super) async fn discovery(script: &mut Script<'_>) {
    for path in ["/api", "/apis"] {
        for accept in [
            DISCOVERY.to_owned(),
            format!("{DISCOVERY},application/json"),
            format!("application/json,{DISCOVERY}"),
            format!("application/json;q=0.9,{DISCOVERY};q=0.5"),
            "application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList".to_owned(),
            "text/html".to_owned(),
        ] {
            let headers = [("accept", &*accept)];
            let answer = script.admin.request(Method::GET, path, &headers, Bytes::new()).await.unwrap();
            script
                .answers
                .push((format!("GET {path} {accept}"), comparable(&answer, &["/kind", "/apiVersion", "/metadata"])));
        }
    }
}
