// The API server of the examples in the documentation: it has one pod, and changes it once. They don't use watch-test,
// since the package of this crate can't depend on it: watch-test depends on this crate.

/// Starts a server on the loopback interface, which ends with the process. Returns its URL.
fn serve() -> String {
    use std::io::{BufRead, BufReader, Write};
    use std::net::{TcpListener, TcpStream};

    const POD: &str = r#"{"metadata":{"name":"web-0","namespace":"default","uid":"1","resourceVersion":"5"}}"#;
    const END: &str = r#"{"metadata":{"resourceVersion":"7","annotations":{"k8s.io/initial-events-end":"true"}}}"#;
    const CHANGED: &str = r#"{"metadata":{"name":"web-0","namespace":"default","uid":"1","resourceVersion":"8"}}"#;

    fn answer(mut socket: TcpStream) -> std::io::Result<()> {
        let lines = BufReader::new(&socket).lines().map_while(Result::ok);
        let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        let is_watch = head.first().is_some_and(|request| request.contains("watch=true"));
        let body = if is_watch {
            [("ADDED", POD), ("BOOKMARK", END), ("MODIFIED", CHANGED)]
                .map(|(kind, object)| format!(r#"{{"type":"{kind}","object":{object}}}"#))
                .concat()
        } else {
            format!(r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{"resourceVersion":"7"}},"items":[{POD}]}}"#)
        };
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
        write!(socket, "{head}\r\n\r\n{body}")?;
        // A watch stays open, as on a server without changes.
        while is_watch {
            std::thread::park();
        }
        Ok(())
    }

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            std::thread::spawn(|| answer(socket));
        }
    });
    url
}
