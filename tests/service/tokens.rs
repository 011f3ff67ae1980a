//! Tokens of an identity provider.

use std::fs;

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use yiren::service::access::tokens::Issuer;

use super::running::Desk;

/// A key pair made for this test alone (Ed25519, PKCS #8).
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIDwwAYjiCMl73o4yvixpOz5D6A1pms5GB+nhAMCE6848\n-----END PRIVATE KEY-----\n";

type Alter<'a> = &'a dyn Fn(&mut Value);

#[test]
fn a_token_lets_in_whom_its_issuer_says() {
    let folder = tempfile::tempdir().unwrap();
    let jwks = folder.path().join("jwks.json");
    let key = EncodingKey::from_ed_pem(PRIVATE.as_bytes()).unwrap();
    let mut public = Jwk::from_encoding_key(&key, Algorithm::EdDSA).unwrap();
    public.common.key_id = Some("one".to_string());
    fs::write(
        &jwks,
        serde_json::to_vec(&JwkSet { keys: vec![public] }).unwrap(),
    )
    .unwrap();
    let desk = Desk::with(|settings| {
        settings.jwt = Some(Issuer {
            issuer: "https://login.example".to_string(),
            audience: "yiren".to_string(),
            jwks: jwks.display().to_string(),
        });
    });
    let good = json!({
        "iss": "https://login.example", "aud": "yiren", "sub": "li.na", "exp": 4_000_000_000_u64,
        "yiren_role": "auditor", "yiren_divisions": ["31"],
    });
    let token = |alter: &dyn Fn(&mut Value), header: &Header, key: &EncodingKey| {
        let mut claims = good.clone();
        alter(&mut claims);
        encode(header, &claims, key).unwrap()
    };
    let header = Header {
        kid: Some("one".to_string()),
        ..Header::new(Algorithm::EdDSA)
    };
    let status = |token: &str| {
        desk.send(Some(token), "GET", "/v1/findings", &[], None)
            .status
    };
    assert_eq!(status(&token(&|_| (), &header, &key)), 200);
    assert_eq!(
        status(&token(
            &|claims| claims["yiren_role"] = "loader".into(),
            &header,
            &key
        )),
        403
    );
    let wrong: [(&str, Alter<'_>); 8] = [
        ("expired", &|claims| {
            claims["exp"] = 1_000_000_000_u64.into()
        }),
        ("not yet valid", &|claims| {
            claims["nbf"] = 3_999_999_999_u64.into()
        }),
        ("another's", &|claims| {
            claims["iss"] = "https://other.example".into()
        }),
        ("for another", &|claims| claims["aud"] = "other".into()),
        ("nobody's", &|claims| claims["sub"] = "".into()),
        ("no role", &|claims| {
            drop(claims.as_object_mut().unwrap().remove("yiren_role"))
        }),
        ("no end", &|claims| {
            drop(claims.as_object_mut().unwrap().remove("exp"))
        }),
        ("no such place", &|claims| {
            claims["yiren_divisions"] = json!(["Shanghai"])
        }),
    ];
    for (what, alter) in wrong {
        assert_eq!(status(&token(alter, &header, &key)), 401, "{what}");
    }
    let other = Header {
        kid: Some("two".to_string()),
        ..header.clone()
    };
    assert_eq!(status(&token(&|_| (), &other, &key)), 401, "an unknown key");
    // Signed with what everybody can read: the public key taken for a secret.
    let shared = Header {
        kid: Some("one".to_string()),
        ..Header::new(Algorithm::HS256)
    };
    let forged = token(
        &|_| (),
        &shared,
        &EncodingKey::from_secret(&fs::read(&jwks).unwrap()),
    );
    assert_eq!(status(&forged), 401, "a forged one");
    let mut cut = token(&|_| (), &header, &key);
    cut.truncate(cut.len() - 4);
    assert_eq!(status(&cut), 401, "a cut one");

    // Keys that are published anew are read anew.
    fs::write(&jwks, r#"{"keys":[]}"#).unwrap();
    assert_eq!(
        status(&token(&|_| (), &header, &key)),
        401,
        "a key that was withdrawn"
    );
    desk.stop();
}
