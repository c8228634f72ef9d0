package liveperson

// Version is the version of this module, as in its CHANGELOG.
const Version = "0.1.0"

// UserAgent is the User-Agent header that every call of this module carries.
const UserAgent = "liveperson-go/" + Version
