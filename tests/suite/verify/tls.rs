//! Who cannot prove who it is gets no secret.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::{ServerConnection, StreamOwned};
use straykey::model::validity::Validity;

use super::stub::identity;
use super::{PLAINEST, acme, authority, finding, options, try_one};

/// A TLS server for one name, signed by itself; its certificate is written to `file`. All it reads is in the list.
fn serve(name: &str, file: &Path) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let config = identity(&[name], file);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let read = Arc::new(Mutex::new(Vec::new()));
    let list = read.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream);
            let mut bytes = [0; 4096];
            if let Ok(count) = stream.read(&mut bytes) {
                list.lock().unwrap().push(String::from_utf8_lossy(&bytes[..count]).into_owned());
                let answer =
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{\"id\":\"1\"}";
                let _ = stream.write_all(answer.as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    (address, read)
}

#[test]
fn certificates_are_checked_and_a_ca_file_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let (pattern, mut declarations) = acme(PLAINEST);
    declarations.values_mut().for_each(|declared| declared.steps[0].request.is_plain = false);
    let secret = || finding(&pattern, b"acmetok_abc00000000000000000000", &[]);
    let file = folder.path().join("own.pem");
    let (address, read) = serve("api.acme.example", &file);
    let mut trusting = options(address);
    trusting.egress.ca_file = Some(file);
    assert_eq!(try_one(secret(), &declarations, &trusting).validity, Validity::Active);
    assert!(read.lock().unwrap()[0].to_lowercase().contains("user-agent: straykey/"));
    read.lock().unwrap().clear();

    let mut distrusting = options(address);
    distrusting.egress.ca_file = Some(authority());
    let told = try_one(secret(), &declarations, &distrusting);
    let Validity::Unknown { why } = &told.validity else { panic!("{:?}", told.validity) };
    assert!(why.contains("certificate"), "{why}");

    let other = folder.path().join("other.pem");
    let (elsewhere, read_elsewhere) = serve("evil.example", &other);
    let mut misled = options(elsewhere);
    misled.egress.ca_file = Some(other);
    let told = try_one(secret(), &declarations, &misled);
    assert!(matches!(told.validity, Validity::Unknown { .. }), "the name is another: {:?}", told.validity);
    assert!(read.lock().unwrap().is_empty() && read_elsewhere.lock().unwrap().is_empty(), "no request was sent");
}
