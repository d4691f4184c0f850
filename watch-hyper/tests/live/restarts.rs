//! A server that is restarted.

use core::time::Duration;
use std::io;

use watch_test::live::Admin;

use crate::mirror::Mirror;
use crate::namespace::{Namespace, config_map};
use crate::server::{BOTH, client, own};

#[tokio::test]
async fn a_killed_or_stopped_server_loses_nothing() {
    let Some(mut cluster) = own(&["--shutdown-watch-termination-grace-period=2s"]).await else { return };
    let access = cluster.access();
    let namespace = Namespace::create(&access, "restarts").await;
    namespace.fill("a", 0..50).await;
    let list = namespace.path("configmaps");
    let [one, two] = BOTH.map(|http| (client(&access, http), namespace.watch("configmaps").build().unwrap()));
    let mut one = Mirror::started(one.0, one.1).await;
    let mut two = Mirror::started(two.0, two.1).await;

    for graceful in [false, true] {
        let round = format!("graceful-{graceful}");
        let restart = async {
            if graceful {
                cluster.terminate()?;
                cluster.gone().await?;
            } else {
                tokio::time::sleep(Duration::from_millis(300)).await;
                cluster.kill()?;
            }
            cluster.resume().await
        };
        let churned = churn(&namespace.admin, &list, &round, restart);
        one.during(two.during(churned)).await.unwrap();
        one.agrees(&namespace.admin, &list).await;
        two.agrees(&namespace.admin, &list).await;
        assert!(!one.ear.notices().is_empty() && !two.ear.notices().is_empty(), "they were cut off");
    }
    assert_eq!(one.ear.needs_attention() + two.ear.needs_attention(), 0);
}

/// Creates, replaces and deletes during the restart, as far as the server can be reached.
async fn churn(
    admin: &Admin,
    list: &str,
    round: &str,
    restart: impl Future<Output = io::Result<()>>,
) -> io::Result<()> {
    tokio::pin!(restart);
    let mut number = 0;
    loop {
        let step = async {
            let created = admin.post(list, &config_map(&format!("{round}-{number}"), "text")).await;
            let changed = admin.put(&format!("{list}/a-00001"), &config_map("a-00001", &format!("{number}"))).await;
            let deleted = admin.delete(&format!("{list}/{round}-{}", number - number % 3)).await;
            if created.is_err() || changed.is_err() || deleted.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::select! {
            restarted = &mut restart => return restarted,
            () = step => number += 1,
        }
    }
}
