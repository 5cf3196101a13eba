//! Certificates, made when a test needs them.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// An authority of a test's own, and the folder that everything about it lies in.
pub struct Authority {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

/// A server's certificate and its key, as files.
pub struct Certificate {
    /// The certificate.
    pub chain: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

impl Authority {
    /// Makes one.
    pub fn new(folder: &Path) -> Self {
        let key = KeyPair::generate().expect("a key can be made");
        let mut parameters = CertificateParams::new(Vec::new()).expect("there is nothing to be wrong");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = parameters.self_signed(&key).expect("a certificate can be made");
        write(&folder.join("authority.pem"), &root.pem());
        Self { folder: folder.to_owned(), issuer: Issuer::new(parameters, key) }
    }

    /// The authority's own certificate, for whoever is to trust it.
    pub fn root(&self) -> PathBuf {
        self.folder.join("authority.pem")
    }

    /// A certificate for a server of this name.
    pub fn certificate(&self, name: &str) -> Certificate {
        let (parameters, key) = server(name);
        let signed = parameters.signed_by(&key, &self.issuer).expect("a certificate can be made");
        self.keep(name, &signed, &key)
    }

    /// A certificate for a server of this name, that nobody but the server itself vouches for.
    pub fn self_signed(&self, name: &str) -> Certificate {
        let (parameters, key) = server(name);
        let signed = parameters.self_signed(&key).expect("a certificate can be made");
        self.keep(&format!("{name}-alone"), &signed, &key)
    }

    fn keep(&self, name: &str, certificate: &rcgen::Certificate, key: &KeyPair) -> Certificate {
        let (chain, file) = (self.folder.join(format!("{name}.pem")), self.folder.join(format!("{name}.key")));
        write(&chain, &certificate.pem());
        write(&file, &key.serialize_pem());
        Certificate { chain, key: file }
    }
}

fn server(name: &str) -> (CertificateParams, KeyPair) {
    let parameters = CertificateParams::new(vec![name.to_owned()]).expect("this is a name");
    (parameters, KeyPair::generate().expect("a key can be made"))
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("the folder can be written");
}
