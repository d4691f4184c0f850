//! A forwarder of TCP connections, to be killed: that cuts them all at once, and leaves the server as it was.

use std::error::Error;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

pub(crate) async fn forward(address: &str, target: &str) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(address).await?;
    loop {
        let (mut near, _) = listener.accept().await?;
        let target = target.to_owned();
        tokio::spawn(async move {
            // If the server isn't there, the connection is closed, as it is if either side ends it.
            if let Ok(mut far) = TcpStream::connect(target).await {
                copy_bidirectional(&mut near, &mut far).await.ok();
            }
        });
    }
}
