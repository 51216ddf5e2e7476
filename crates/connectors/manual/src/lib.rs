//! Turns operations into tasks for people and takes their completion back
