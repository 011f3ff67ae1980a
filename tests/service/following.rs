//! Connections: TLS, and those who listen for what changes.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use serde_json::{Value, json};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use yiren::service::access::Role;
use yiren::service::settings::Tls;

use super::running::{Desk, fields};

/// A certificate for `localhost` and its key, made for this test alone.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMIIBlzCCAT6gAwIBAgIUBR6LVI6keC3YNHvNSctlzTcGPwMwCgYIKoZIzj0EAwIw\nFDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjIwNTY0N1oYDzIxMjYxMDI5\nMjA1NjQ3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO\nPQMBBwNCAASZg0tdPh0wrc+GJF7lNvXRsVJtC+eyMMMLmxTt+O3r+hjmxfNAajAp\nB4Zc9IKwCEVNq7R2+P5j9uEJafiPEGJ9o2wwajAdBgNVHQ4EFgQUdz+hzi2bZ9RX\nLSOE3PDzH+eR4ScwHwYDVR0jBBgwFoAUdz+hzi2bZ9RXLSOE3PDzH+eR4ScwGgYD\nVR0RBBMwEYIJbG9jYWxob3N0hwR/AAABMAwGA1UdEwEB/wQCMAAwCgYIKoZIzj0E\nAwIDRwAwRAIgFJa657zmiJIVYyb6C2UlTHA+NsOecEreZYC7d+ShzZ8CIAe4cFPo\nUj3M/+uryShkQSq1JPodTNx0+Z8UfHtQq91/\n-----END CERTIFICATE-----\n";
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgEHPY6Mq8l2y1v2zt\nidkxhVdPC7mqY/tq6eI2Sz1EQ72hRANCAASZg0tdPh0wrc+GJF7lNvXRsVJtC+ey\nMMMLmxTt+O3r+hjmxfNAajApB4Zc9IKwCEVNq7R2+P5j9uEJafiPEGJ9\n-----END PRIVATE KEY-----\n";

#[test]
fn the_service_speaks_tls() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    fs::write(&certificate, CERTIFICATE).unwrap();
    fs::write(&key, KEY).unwrap();
    let desk = Desk::with(|settings| settings.tls = Some(Tls { certificate, key }));
    let address = desk
        .address()
        .replace("http://127.0.0.1", "https://localhost");
    let roots =
        RootCerts::new_with_certs(&[Certificate::from_pem(CERTIFICATE.as_bytes()).unwrap()]);
    let trusting = TlsConfig::builder().root_certs(roots).build();
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .tls_config(trusting)
        .build()
        .into();
    let told = agent.get(format!("{address}/readyz")).call().unwrap();
    assert_eq!(told.status().as_u16(), 200);
    // Who does not know the certificate does not trust it; who does not speak TLS is not answered.
    assert!(ureq::get(format!("{address}/readyz")).call().is_err());
    assert!(
        ureq::get(format!("{}/readyz", desk.address()))
            .call()
            .is_err()
    );
    desk.stop();
}

#[test]
fn who_listens_hears_of_each_change_and_of_the_end() {
    let desk = Desk::new();
    let loader = desk.key(Role::Loader, &[], &[]);
    let next = |since: u64| {
        desk.send(
            Some(&loader),
            "GET",
            &format!("/v1/changes?since={since}"),
            &[],
            None,
        )
        .body["next"]
            .as_u64()
            .unwrap()
    };
    let since = next(0);
    let mut stream = TcpStream::connect(desk.address().trim_start_matches("http://")).unwrap();
    let asked = format!(
        "GET /v1/changes?since={since} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nAuthorization: Bearer {loader}\r\n\r\n"
    );
    stream.write_all(asked.as_bytes()).unwrap();
    let mut lines = BufReader::new(stream).lines();
    let mut event = || {
        let data = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("data: ").map(str::to_string));
        data.map(|data| serde_json::from_str::<Value>(&data).unwrap())
    };
    for number in 0..3 {
        let path = format!("/v1/records/dibao/F{number}");
        let body = json!({ "fields": fields("310115") });
        assert_eq!(
            desk.send(Some(&loader), "PUT", &path, &[], Some(&body))
                .status,
            200
        );
        let heard = event().unwrap();
        assert_eq!(heard["records"], json!([format!("dibao:F{number}")]));
    }
    // A service that stops ends the stream, and does not wait for those who listen.
    desk.stop();
    assert!(event().is_none());
}
