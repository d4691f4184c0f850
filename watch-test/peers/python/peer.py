"""Mirrors the ConfigMaps of a server with the Python client until one named zzz-done comes, and prints the mirror
on a line: name@resourceVersion, sorted.

That client has no informer: its user decides what to do when a watch ends or is too old. This does what its
documentation shows, a list and then a watch from the list's version, and begins again whenever anything goes wrong.
"""

import sys
import time

from kubernetes import client, watch
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError


def mirror(api):
    begun = api.list_namespaced_config_map("default")
    objects = {item.metadata.name: item.metadata.resource_version for item in begun.items}
    if "zzz-done" in objects:
        return objects
    stream = watch.Watch().stream(
        api.list_namespaced_config_map, "default", resource_version=begun.metadata.resource_version
    )
    for event in stream:
        metadata = event["object"].metadata
        if event["type"] == "DELETED":
            objects.pop(metadata.name, None)
        else:
            objects[metadata.name] = metadata.resource_version
        if "zzz-done" in objects:
            return objects
    return None


def main():
    configuration = client.Configuration()
    configuration.host = sys.argv[1]
    # Otherwise the connection pool itself repeats refused requests, up to three times.
    configuration.retries = False
    connection = client.ApiClient(configuration)
    # The client requires most fields of the version.
    assert client.VersionApi(connection).get_code().major == "1"
    api = client.CoreV1Api(connection)
    while True:
        try:
            objects = mirror(api)
        except (ApiException, HTTPError) as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            objects = None
            time.sleep(0.2)
        if objects is not None:
            break
    print(*(f"{name}@{objects[name]}" for name in sorted(objects)))


main()
