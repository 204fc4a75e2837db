"""The direct client: chat completions of any OpenAI-compatible endpoint, on aiohttp.

`endpoint` says where and with what key, `request` writes bodies, `reply` and `stream` read what comes
back, `failures` puts what went wrong into words, `retry` decides what is worth another request,
`session` pools connections and `client` ties them together.
"""
