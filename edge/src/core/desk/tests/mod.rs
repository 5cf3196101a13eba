mod change;
mod revoke;
