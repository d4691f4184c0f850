//! The advice that the example `watch` gives.

use futures_util::{StreamExt, poll};
use watch_hyper::Watch;
use watch_hyper::watch_core::{Notice, Object};

use crate::examples::watch::hint::hint;
use crate::fake::{Fake, Notices, Reply, from_1};

/// Returns the advice for this reply.
async fn advice(status: u16, content_type: &str, body: &str) -> Option<&'static str> {
    let ear = Notices::default();
    let reply = Reply::Plain(status, content_type.to_owned(), body.to_owned());
    let mut watch = ear.listen(Watch::<Object>::new(Fake::new([reply]).transport(), from_1()));
    assert!(poll!(watch.next()).is_pending());
    match ear.notices().pop() {
        Some(Notice::Retrying { trouble, .. } | Notice::NeedsAttention { trouble, .. }) => hint(&trouble),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn only_what_may_be_a_login_page_is_taken_for_one() {
    let plain = "text/plain; charset=utf-8";
    // The reply of kube-apiserver about an unavailable aggregated server.
    for body in
        ["service unavailable\n", "error trying to reach service: dial tcp 10.0.0.1:443: connect: connection refused"]
    {
        let hint = advice(503, plain, body).await.unwrap();
        assert!(hint.contains("kubectl get apiservices"), "{hint}");
    }
    // The reply of any server in Go while it starts, stops or is busy.
    for status in [429, 500, 502, 503, 504] {
        assert_eq!(advice(status, plain, "apiserver is shutting down").await, None, "{status}");
    }
    assert!(advice(404, plain, "404 page not found").await.unwrap().contains("kubectl api-resources"));
    for (status, content_type) in
        [(200, "text/html"), (302, "text/html"), (403, "text/html"), (502, "text/html"), (200, plain)]
    {
        assert!(advice(status, content_type, "<html>").await.unwrap().contains("login page"), "{status}");
    }
}
