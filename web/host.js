// What hosts the page: our server or, where `make site` wrote false here, a host of files alone.

export const hasServer = true;
