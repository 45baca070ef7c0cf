//! Slow, many and large: nobody keeps others out.

use crate::rooms::{Rooms, Said};
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

fn connect(rooms: &Rooms) -> TcpStream {
    let stream = TcpStream::connect(rooms.address()).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time");
    stream
}

#[test]
fn heads_are_bounded_in_length_and_in_lines() {
    let rooms = Rooms::open("");
    let long = format!("GET /health HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "y".repeat(64 << 10));
    let many = format!("GET /health HTTP/1.1\r\nHost: x\r\n{}\r\n", "X: y\r\n".repeat(200));
    let nonsense = "\u{1}\u{2}\u{3} what\r\n\r\n".to_owned();
    for head in [long, many, nonsense] {
        let mut stream = connect(&rooms);
        let _ = stream.write_all(head.as_bytes());
        let said = Said::read(stream);
        assert!([0, 400, 431].contains(&said.status), "{}", said.head);
    }
    assert_eq!(rooms.get("/health").status, 200);
}

#[test]
fn who_says_nothing_is_sent_away_and_keeps_nobody_out() {
    let rooms = Rooms::open("");
    let silent: Vec<TcpStream> = (0..300).map(|_| connect(&rooms)).collect();
    // Those who came before are sent away after a while: then whoever has something to say is heard.
    assert_eq!(rooms.get("/health").status, 200);
    drop(silent);
}

#[test]
fn what_is_under_way_is_answered_when_it_ends() {
    let mut rooms = Rooms::open("");
    let mut stream = connect(&rooms);
    stream.write_all(b"GET /health HTTP/1.1\r\n").expect("it listens");
    std::thread::sleep(Duration::from_millis(200));
    let address = rooms.address();
    let server = rooms.server.take().expect("it is served");
    let ends = std::thread::spawn(move || drop(server));
    std::thread::sleep(Duration::from_millis(200));
    stream.write_all(b"Host: x\r\n\r\n").expect("it still listens");
    assert_eq!(Said::read(stream).status, 200);
    ends.join().expect("it ends");
    let late = TcpStream::connect(address).map(Said::read);
    assert!(late.is_err() || late.is_ok_and(|said| said.status == 0), "nobody is there any more");
}
