//! All adapters together, made anew for every call: handles of the host are only good where they were handed out.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use worker::Env;

use super::bindings::field;
use super::desks::ObjectDesks;
use super::directory::D1Directory;
use super::events::D1Events;
use super::host::{HostClock, HostEntropy};
use super::intakes::ObjectIntakes;
use super::limiter::RateLimit;
use super::mail::ProviderMailer;
use super::records::KvRecords;
use crate::core::config::Application;
use crate::core::ports::Platform;

/// The platform of one application on Cloudflare.
pub struct CloudflarePlatform {
    directory: D1Directory,
    records: KvRecords,
    intakes: ObjectIntakes,
    desks: ObjectDesks,
    mailer: ProviderMailer,
    events: D1Events,
    limiter: RateLimit,
}

impl CloudflarePlatform {
    /// Takes the bindings, which the configuration has checked.
    pub fn new(env: &Env, application: &Rc<Application>) -> Self {
        let id = &application.id;
        Self {
            directory: D1Directory::new(binding(env, super::directory::BINDING), application),
            records: KvRecords::new(binding(env, super::records::BINDING), id),
            intakes: ObjectIntakes::new(binding(env, super::intakes::BINDING)),
            desks: ObjectDesks::new(binding(env, super::desks::BINDING), id),
            mailer: ProviderMailer::new(application, binding(env, super::mail::BINDING)),
            events: D1Events::new(binding(env, super::directory::BINDING)),
            limiter: RateLimit::new(binding(env, super::limiter::BINDING)),
        }
    }
}

fn binding<T: JsCast>(env: &Env, name: &str) -> T {
    field(env, name).unchecked_into()
}

impl Platform for CloudflarePlatform {
    type Directory = D1Directory;
    type Records = KvRecords;
    type Intakes = ObjectIntakes;
    type Desks = ObjectDesks;
    type Mailer = ProviderMailer;
    type Events = D1Events;
    type Limiter = RateLimit;
    type Clock = HostClock;
    type Entropy = HostEntropy;

    fn directory(&self) -> &D1Directory {
        &self.directory
    }

    fn records(&self) -> &KvRecords {
        &self.records
    }

    fn intakes(&self) -> &ObjectIntakes {
        &self.intakes
    }

    fn desks(&self) -> &ObjectDesks {
        &self.desks
    }

    fn mailer(&self) -> &ProviderMailer {
        &self.mailer
    }

    fn events(&self) -> &D1Events {
        &self.events
    }

    fn limiter(&self) -> &RateLimit {
        &self.limiter
    }

    fn clock(&self) -> &HostClock {
        &HostClock
    }

    fn entropy(&self) -> &HostEntropy {
        &HostEntropy
    }
}
