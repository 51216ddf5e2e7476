use super::{Field, Mapping};

impl Mapping {
    /// The attributes of a worker under their own names, for an export that was made for this source.
    #[must_use]
    pub fn plain() -> Self {
        let own = |mapping: Self, name: &str| mapping.with(name, Field::named(name));
        [
            "workerId",
            "engagementId",
            "engagementType",
            "givenName",
            "familyName",
            "preferredName",
            "email",
            "startDate",
            "endDate",
            "timeZone",
            "managerId",
            "department",
            "team",
            "title",
            "costCenter",
            "location",
            "country",
            "primary",
            "leaveType",
            "leaveFrom",
            "leaveUntil",
            "status",
        ]
        .into_iter()
        .fold(Self::new(), own)
    }

    /// The usual names of a Workday report. A report's author names its columns, so expect to change some.
    #[must_use]
    pub fn workday() -> Self {
        Self::new()
            .with("workerId", Field::first_of(["Employee_ID", "Worker_ID"]))
            .with("engagementId", Field::first_of(["Position_ID", "Employee_ID", "Worker_ID"]))
            .with("engagementType", Field::named("Worker_Type"))
            .with("givenName", Field::first_of(["Legal_First_Name", "First_Name"]))
            .with("preferredName", Field::named("Preferred_First_Name"))
            .with("familyName", Field::first_of(["Legal_Last_Name", "Last_Name"]))
            .with("email", Field::first_of(["Work_Email", "Email_-_Work"]))
            .with("startDate", Field::named("Hire_Date"))
            .with("endDate", Field::first_of(["Last_Day_of_Work", "Termination_Date", "Contract_End_Date"]))
            .with("managerId", Field::first_of(["Manager_ID", "Manager_Employee_ID"]))
            .with("department", Field::first_of(["Department", "Supervisory_Organization"]))
            .with("title", Field::first_of(["Business_Title", "Job_Title"]))
            .with("costCenter", Field::named("Cost_Center"))
            .with("location", Field::named("Location"))
            .with("country", Field::named("Country"))
            .with("timeZone", Field::named("Time_Zone"))
            .with("status", active_or_not("Worker_Status"))
    }

    /// The fields of a BambooHR report, under the names of its API.
    #[must_use]
    pub fn bamboo_hr() -> Self {
        Self::new()
            .with("workerId", Field::first_of(["employeeNumber", "id"]))
            .with("engagementType", Field::named("employmentHistoryStatus"))
            .with("givenName", Field::named("firstName"))
            .with("preferredName", Field::named("preferredName"))
            .with("familyName", Field::named("lastName"))
            .with("email", Field::named("workEmail"))
            .with("startDate", Field::named("hireDate"))
            .with("endDate", Field::named("terminationDate"))
            .with("managerId", Field::first_of(["supervisorEId", "supervisorId"]))
            .with("department", Field::named("department"))
            .with("team", Field::named("division"))
            .with("title", Field::named("jobTitle"))
            .with("location", Field::named("location"))
            .with("status", active_or_not("status"))
    }
}

// "Inactive" is said of people whose last day is still to come, too.
fn active_or_not(name: &str) -> Field {
    [
        ("Active", "active"),
        ("On Leave", "active"),
        ("Inactive", "inactive"),
        ("Terminated", "inactive"),
        ("Rescinded", "rescinded"),
        ("No Show", "rescinded"),
    ]
    .into_iter()
    .fold(Field::named(name), |field, (text, value)| field.meaning(text, value))
}
