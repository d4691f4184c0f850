use crate::rig::{Rig, bookmark, error, event, list, page, pods};
use std::time::Duration;

#[test]
fn list_then_watch_then_resume() {
    let mut rig = Rig::new(pods());
    assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=500");
    rig.reply(200, page("10", "more", &["a@5", "b@7"]));
    assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=500&continue=more");
    rig.reply(200, page("10", "", &["c@8"]));
    assert_eq!(
        rig.take_events(),
        [
            "INITIAL (first)",
            "INITIAL Pod default/a@5",
            "INITIAL Pod default/b@7",
            "INITIAL Pod default/c@8",
            "INITIAL END @10"
        ]
    );
    assert!(rig.has_query("resourceVersion=10") && rig.has_query("watch=true"), "{}", rig.uri());
    rig.open()
        .body(event("ADDED", "d@11") + &event("MODIFIED", "a@12"))
        .body(bookmark("20"))
        .advance(Duration::from_secs(40))
        .end()
        .settle();
    assert_eq!(rig.take_events(), ["ADDED Pod default/d@11", "MODIFIED Pod default/a@12", "BOOKMARK @20"]);
    assert!(rig.has_query("resourceVersion=20"), "{}", rig.uri());
    rig.open().body(error(410, "Expired", "too old"));
    assert_eq!(rig.uri(), "/api/v1/namespaces/default/pods?limit=500");
    rig.reply(200, list("99", &["d@11"]));
    assert_eq!(rig.take_events(), ["INITIAL (version expired)", "INITIAL Pod default/d@11", "INITIAL END @99"]);
    println!("{:#?}", rig.take_notices());
}
