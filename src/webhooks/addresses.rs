//! Where messages may be sent to. A URL comes from outside: it must not make this service call what
//! stands beside it (SSRF).
//!
//! A name is resolved by this service, every address is checked, and the connection goes to one of
//! the checked addresses: there is no second look-up that could answer differently.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use reqwest::Url;

use crate::platform::config::WebhookConfig;
use crate::platform::error::{Error, Result};

/// Which addresses are connected to.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Networks that are allowed besides the public ones.
    networks: Vec<IpNet>,
    /// Whether this machine itself is, over plain HTTP too: for tries, never in production.
    loopback: bool,
}

impl From<&WebhookConfig> for Rule {
    fn from(config: &WebhookConfig) -> Self {
        Self {
            networks: config.networks.clone(),
            loopback: config.loopback_http,
        }
    }
}

impl Rule {
    /// Whether an address may be connected to over https.
    #[must_use]
    pub fn allows(&self, address: IpAddr) -> bool {
        let address = unmapped(address);
        is_public(address)
            || self
                .networks
                .iter()
                .any(|network| network.contains(&address))
            || self.allows_plain(address)
    }

    /// Whether an address may be connected to over http.
    #[must_use]
    pub fn allows_plain(&self, address: IpAddr) -> bool {
        self.loopback && unmapped(address).is_loopback()
    }

    /// Checks what can be told of a URL without resolving its name. The pointer of the error is the
    /// field `url`.
    pub fn check(&self, text: &str) -> Result<()> {
        let wrong = |code, detail: &str| Err(Error::field("/url", code, detail));
        let Ok(url) = Url::parse(text) else {
            return wrong("invalid", "is not a URL");
        };
        let address = literal(&url);
        match url.scheme() {
            "https" => {}
            "http" if self.loopback => {
                let local = url.host_str() == Some("localhost");
                if !local && !address.is_some_and(|address| self.allows_plain(address)) {
                    return wrong(
                        "httpsRequired",
                        "must be https: http goes to this machine only",
                    );
                }
            }
            _ => return wrong("httpsRequired", "must be https"),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return wrong("credentials", "must not hold a user name or password");
        }
        if url.fragment().is_some() {
            return wrong("fragment", "must not have a fragment");
        }
        if url.host_str().is_none_or(str::is_empty) {
            return wrong("invalid", "must name a host");
        }
        if address.is_some_and(|address| !self.allows(address)) {
            return wrong(
                "addressRefused",
                "names an address that this service does not connect to",
            );
        }
        Ok(())
    }
}

/// The address in a URL that names one instead of a host. The parser has brought every way of writing
/// it (`0x7f.1`, `2130706433`) into the usual form.
#[must_use]
pub fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_matches(|c| c == '[' || c == ']').parse().ok()
}

/// An IPv4 address that is written as an IPv6 one is what it stands for.
fn unmapped(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

/// Whether an address is one of the public internet (IANA's special-purpose registries).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
            | (224.., _, _)
    )
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // NAT64 and 6to4 hold an IPv4 address that is reached through them.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            is_public_v4(v4_of(high, low))
        }
        // Special purposes (Teredo, ORCHID, benchmarking), documentation.
        [0x2001, 0x0000..=0x01ff | 0x0db8, ..] | [0x3fff, 0x0000..=0x0fff, ..] => false,
        // All that is given out so far is below 2000::/3.
        [0x2000..=0x3fff, ..] => true,
        _ => false,
    }
}

fn v4_of(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule(networks: &[&str], loopback: bool) -> Rule {
        Rule {
            networks: networks.iter().map(|net| net.parse().unwrap()).collect(),
            loopback,
        }
    }

    #[test]
    fn what_is_not_public_is_refused() {
        let strict = rule(&[], false);
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:0a00:0001::1",
            "2002:7f00:0001::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!strict.allows(address.parse().unwrap()), "{address}");
            assert!(!strict.allows_plain(address.parse().unwrap()), "{address}");
        }
        for address in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2002:0808:0808::1",
        ] {
            assert!(strict.allows(address.parse().unwrap()), "{address}");
            assert!(!strict.allows_plain(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn a_configured_network_is_allowed_and_no_other() {
        let own = rule(&["10.20.0.0/16", "fd00:1::/32"], false);
        for (address, allowed) in [
            ("10.20.3.4", true),
            ("::ffff:10.20.3.4", true),
            ("10.21.3.4", false),
            ("fd00:1::5", true),
            ("fd00:2::5", false),
            ("127.0.0.1", false),
        ] {
            assert_eq!(own.allows(address.parse().unwrap()), allowed, "{address}");
        }
    }

    #[test]
    fn urls_that_cannot_be_right_are_named() {
        let code = |rule: &Rule, url: &str| match rule.check(url) {
            Err(Error::Problem(problem)) => problem.errors[0].code,
            Err(_) => "internal",
            Ok(()) => "ok",
        };
        let strict = rule(&[], false);
        for (url, expected) in [
            ("https://ehr.example.org/hooks?x=1", "ok"),
            ("https://8.8.8.8:8443/", "ok"),
            ("http://ehr.example.org/", "httpsRequired"),
            ("http://127.0.0.1/", "httpsRequired"),
            ("ftp://ehr.example.org/", "httpsRequired"),
            ("https://user:secret@ehr.example.org/", "credentials"),
            ("https://user@ehr.example.org/", "credentials"),
            ("https://ehr.example.org/#x", "fragment"),
            ("https://10.0.0.1/", "addressRefused"),
            ("https://0x7f.1/", "addressRefused"),
            ("https://2130706433/", "addressRefused"),
            ("https://[::1]/", "addressRefused"),
            ("https://[::ffff:169.254.169.254]/", "addressRefused"),
            ("https://", "invalid"),
            ("https:// /", "invalid"),
        ] {
            assert_eq!(code(&strict, url), expected, "{url}");
        }
        let demo = rule(&[], true);
        for (url, expected) in [
            ("http://127.0.0.1:9000/hook", "ok"),
            ("http://[::1]:9000/hook", "ok"),
            ("http://localhost:9000/hook", "ok"),
            ("http://localhost.example.org/", "httpsRequired"),
            ("http://10.0.0.1/", "httpsRequired"),
            ("https://10.0.0.1/", "addressRefused"),
        ] {
            assert_eq!(code(&demo, url), expected, "{url}");
        }
    }

    proptest! {
        #[test]
        fn however_an_address_is_written_it_is_judged_alike(bits: u32) {
            let v4 = Ipv4Addr::from(bits);
            let strict = rule(&[], false);
            let plain = strict.allows(IpAddr::V4(v4));
            prop_assert_eq!(plain, strict.allows(IpAddr::V6(v4.to_ipv6_mapped())));
            // The standard library agrees on what it knows.
            if v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast()
                || v4.is_documentation() || v4.is_broadcast() || v4.is_unspecified() {
                prop_assert!(!plain);
            }
            let number = format!("https://{bits}/");
            let url = Url::parse(&number).unwrap();
            prop_assert_eq!(literal(&url), Some(IpAddr::V4(v4)));
        }
    }
}
