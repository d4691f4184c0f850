//! Mirrors the objects of an API server by `changes()` and by `store()` of watch-hyper, each with its own watch, and
//! writes each mirror to a file, so that a script can compare it with the server's list.
//!
//! ```text
//! peer-mirror watch URL RESOURCE DIRECTORY [TOKEN]   until it is killed; the files are DIRECTORY/changes and /store
//! peer-mirror lines                                  the same lines for a list in JSON, from the standard input
//! peer-mirror forward ADDRESS TARGET                 forwards TCP connections; killing it cuts all of them
//! peer-mirror port                                   prints the number of a port that is free
//! ```
//!
//! One starts with a streaming list if the server supports them, the other with pages. Notices go to the standard
//! error. A change that doesn't fit the mirror (an object that is added twice, or deleted although it doesn't exist) is
//! marked INCONSISTENT.

mod forward;
mod lines;
mod mirror;

use std::error::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["watch", url, resource, directory] => mirror::watch(url, resource, directory, None).await,
        ["watch", url, resource, directory, token] => mirror::watch(url, resource, directory, Some(token)).await,
        ["lines"] => lines::of_list(std::io::stdin().lock()),
        ["forward", address, target] => forward::forward(address, target).await,
        ["port"] => {
            println!("{}", std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port());
            Ok(())
        }
        _ => Err("usage: peer-mirror watch URL RESOURCE DIRECTORY [TOKEN] | lines | forward ADDRESS TARGET | port".into()),
    }
}
