//! The work of the Durable Objects' alarms, and the commit that a confirm runs in one of them.

pub mod commit;
pub mod delivery;
pub mod lookup;
