use bytes::Bytes;
use http::Request;
use tenure_scim::ScimError;

use crate::call::Call;
use crate::fault::Answer;

/// `POST /Bulk`.
pub(crate) async fn bulk(_call: &Call<'_>, _request: &Request<Bytes>) -> Answer {
    Err(ScimError::not_implemented("this service has no bulk requests").into())
}
