//! A forwarder of TCP connections. Killing it cuts all connections at once, without an effect on the server.

use std::error::Error;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

pub(crate) async fn forward(address: &str, target: &str) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(address).await?;
    loop {
        let (mut near, _) = listener.accept().await?;
        let target = target.to_owned();
        tokio::spawn(async move {
            // If the server can't be reached, the connection is closed.
            if let Ok(mut far) = TcpStream::connect(target).await {
                copy_bidirectional(&mut near, &mut far).await.ok();
            }
        });
    }
}
