//! What connectors over HTTP share: authentication, paging, rate limits, error mapping
