//! Watches through a proxy.

use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use watch_hyper::watch_core::{Object, TransportErrorKind};
use watch_hyper::{Client, Watch};

use crate::errors::hear;
use crate::fake::{Notices, frame, from_1};
use crate::server::{Server, Speech, answer};

/// A proxy that answers CONNECT with this status, and records the requests.
async fn proxy(status: &'static str) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let mut tcp = BufReader::new(tcp);
            let mut lines = Vec::new();
            loop {
                let mut line = String::new();
                tcp.read_line(&mut line).await.unwrap();
                match line.trim() {
                    "" => break,
                    line => lines.push(line.to_owned()),
                }
            }
            let target = lines.first().unwrap().split(' ').nth(1).unwrap().to_owned();
            hears.lock().unwrap().append(&mut lines);
            tcp.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes()).await.unwrap();
            if status.starts_with("200") {
                let mut server = TcpStream::connect(target).await.unwrap();
                tokio::spawn(async move { copy_bidirectional(&mut tcp, &mut server).await });
            }
        }
    });
    (address, heard)
}

#[tokio::test]
async fn a_proxy_is_asked_to_connect() {
    let server = Server::start(Speech::default(), |_| answer(200, frame("ADDED", "a", 2))).await;
    let (proxy, heard) = proxy("200 OK").await;
    let builder = Client::builder(&server.url("http")).proxy(format!("http://user:s3cret@{proxy}"));
    assert!(!format!("{builder:?}").contains("s3cret"));
    assert!(Watch::<Object>::new(builder.build().unwrap(), from_1()).next().await.is_some());
    let heard = heard.lock().unwrap();
    assert_eq!(heard.first().unwrap(), &format!("CONNECT {} HTTP/1.1", server.address));
    assert!(heard.iter().any(|line| line.to_ascii_lowercase().starts_with("proxy-authorization: basic")), "{heard:?}");
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named() {
    let (proxy, _) = proxy("403 Forbidden").await;
    let client = Client::builder("http://127.0.0.1:1").proxy(format!("http://user:s3cret@{proxy}")).build().unwrap();
    let ear = Notices::default();
    let mut watch = ear.listen(Watch::<Object>::new(client, from_1()));
    let error = hear(&mut watch, &ear).await;
    assert_eq!(error.kind, TransportErrorKind::Connect);
    assert!(error.message.contains(&proxy) && !error.message.contains("s3cret"), "{error}");
}

#[test]
fn a_proxy_of_another_kind_is_refused() {
    let error = Client::builder("https://127.0.0.1:1").proxy("socks5://127.0.0.1:1080").build().unwrap_err();
    assert!(error.to_string().contains("CONNECT"), "{error}");
}
