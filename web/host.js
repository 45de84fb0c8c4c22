// What hosts the page: the project's server, or, where `make site` has written `false` here, a host of files alone.

export const hasServer = true;
